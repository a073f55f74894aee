import { describe, expect, test } from "vitest";
import { giveAway, MessagePool, type PoolError, transferOf } from "../src/index.ts";

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error: PoolError) => error.code,
  );

describe("MessagePool", () => {
  test("takes messages, and rejects one that was given before", async () => {
    const lengthScript = new URL("support/length-thread.ts", import.meta.url);
    await using lengths = new MessagePool<number>({ script: lengthScript, threads: 1 });
    const message = new Uint8Array([1, 2, 3]);
    const given = lengths.give(message);
    expect(message.length).toBe(0);
    expect(await given).toBe(3);
    const shared = Buffer.from("a part of a buffer");
    expect(await lengths.give(shared)).toBe(18);
    expect(shared.length).toBe(18);
    expect(await codeOf(lengths.give(message))).toBe("given-away");
  });
});

describe("giveAway", () => {
  test("a part of a buffer is copied", () => {
    const part = Buffer.from("short text of the shared pool");
    const given = giveAway(part);
    expect(part.toString()).toBe("short text of the shared pool");
    expect(Buffer.from(given).toString()).toBe(part.toString());
  });

  test("bytes that were given away are refused", () => {
    const bytes = new Uint8Array([1, 2, 3]);
    expect([...giveAway(bytes)]).toEqual([1, 2, 3]);
    expect(() => giveAway(bytes)).toThrow(expect.objectContaining({ code: "given-away" }) as Error);
  });

  test("bytes are moved and refused where buffers have no transfer(), as in Node 20", () => {
    const bytes = new Uint8Array([1, 2, 3]);
    Object.defineProperty(bytes.buffer, "transfer", { value: undefined });
    expect([...giveAway(bytes)]).toEqual([1, 2, 3]);
    expect(bytes.length).toBe(0);
    expect(() => giveAway(bytes)).toThrow(expect.objectContaining({ code: "given-away" }) as Error);
  });

  test("an empty array was not given away", () => {
    expect([...giveAway(new Uint8Array(0))]).toEqual([]);
  });

  test("shared memory is copied, and never transferred", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(2));
    expect(giveAway(shared)).toEqual(new Uint8Array(2));
    expect(transferOf(shared)).toEqual([]);
  });
});
