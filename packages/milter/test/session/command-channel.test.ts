import { packet, uint32 } from "@mailseal/testkit/milter-mta";
import { describe, expect, test } from "vitest";
import type { MilterError } from "../../src/errors.ts";
import { serveMilter } from "../../src/serve-milter.ts";
import type { MilterTransport } from "../../src/session/transport.ts";
import { commands, harness, noting, steps } from "../support/session-harness.ts";

/** A promise, and what settles it. */
function deferred<Value>(): { readonly promise: Promise<Value>; resolve(value: Value): void } {
  let settle: (value: Value) => void = () => {};
  const promise = new Promise<Value>((resolve) => (settle = resolve));
  return { promise, resolve: (value) => settle(value) };
}

describe("a packet that there is no memory for", () => {
  const memory = { take: (sizeBytes: number): boolean => sizeBytes < 1000, give: () => {} };
  const halves = (letter: string, payload: string): readonly Buffer[] => {
    const whole = packet(letter, payload);
    return [whole.subarray(0, 1500), whole.subarray(1500)];
  };
  const large = "x".repeat(3000);
  const lost: readonly (readonly [step: string, payload: string])[] = [
    ["header", `Subject\0${large}\0`],
    ["body", large],
    ["endOfMessage", large],
  ];

  test.each(lost)("at %s: its message is refused, the next goes on", async (at, payload) => {
    const calls: string[] = [];
    const { mta, errors } = harness(() => noting(calls), { memory });
    await mta.negotiate();
    const upTo = steps.indexOf(at as (typeof steps)[number]);
    for (const step of steps.slice(0, upTo)) expect(await mta.say(...commands[step])).toBe("c");
    const [letter] = commands[at as (typeof steps)[number]];
    for (const half of halves(letter, payload)) {
      mta.send(half);
      await new Promise(setImmediate);
    }
    expect((await mta.reply()).letter).toBe("t");
    for (const step of steps.slice(upTo + 1)) expect(await mta.say(...commands[step])).toBe("t");
    expect(errors).toMatchObject([{ code: "no-room", step: at }]);
    expect(calls.at(-1)).toBe("abort");
    for (const step of steps.slice(2)) expect(await mta.say(...commands[step])).toBe("c");
    expect(calls.filter((call) => call === "abort").length).toBe(1);
  });

  test("when nobody waits for an answer: the end of its message is refused", async () => {
    const { mta } = harness(() => noting([]), { memory, silentSteps: ["header"] });
    await mta.negotiate();
    for (const step of steps.slice(0, 5)) expect(await mta.say(...commands[step])).toBe("c");
    for (const half of halves("L", `Subject\0${large}\0`)) {
      mta.send(half);
      await new Promise(setImmediate);
    }
    for (const step of steps.slice(6)) expect(await mta.say(...commands[step])).toBe("t");
  });

  test("that is half sent is given back when the connection ends", async () => {
    let used = 0;
    const counted = {
      take: (sizeBytes: number): boolean => ((used += sizeBytes), true),
      give: (sizeBytes: number): void => void (used -= sizeBytes),
    };
    const { mta, session } = harness(() => noting([]), { memory: counted });
    await mta.negotiate();
    mta.send(halves("C", large)[0] ?? Buffer.alloc(0));
    await expect.poll(() => used).toBeGreaterThan(0);
    mta.vanish();
    await session.done;
    expect(used).toBe(0);
  });
});

test("a hostile length ends the session before its packet comes", async () => {
  const { mta, session, errors } = harness(() => ({}), { maxPacketBytes: 1000 });
  await mta.negotiate();
  mta.send(uint32(0x7fff_ffff));
  await session.done;
  expect(errors).toMatchObject([{ code: "packet-too-large" }]);
});

describe("a packet above the limit", () => {
  test.each([
    ["header", "L", `Subject\0${"x".repeat(2000)}\0`],
    ["body", "B", "x".repeat(2000)],
    ["endOfMessage", "E", "x".repeat(2000)],
  ] as const)("%s is answered with 552, and the next message goes on", async (at, letter, text) => {
    const calls: string[] = [];
    const { mta, errors } = harness(() => noting(calls), { maxPacketBytes: 1000 });
    await mta.negotiate();
    const upTo = steps.indexOf(at);
    for (const step of steps.slice(0, upTo)) expect(await mta.say(...commands[step])).toBe("c");
    mta.send(packet(letter, text));
    const reply = await mta.reply();
    expect([reply.letter, reply.payload.toString()]).toEqual([
      "y",
      expect.stringMatching(/^552 5\.3\.4 /),
    ]);
    for (const step of steps.slice(upTo + 1)) {
      expect(await mta.say(...commands[step])).toMatch(/^y552 /);
    }
    expect(errors).toMatchObject([{ code: "packet-too-large", step: at }]);
    expect(calls.at(-1)).toBe("abort");
    for (const step of steps.slice(2)) expect(await mta.say(...commands[step])).toBe("c");
    expect(calls.at(-1)).toBe("endOfMessage");
  });
});

test("an MTA is read at most one piece ahead of a pending handler", async () => {
  let reads = 0;
  const written: Uint8Array[] = [];
  const pieces = [
    packet("O", uint32(6, 0, 0)),
    packet(...commands.connect),
    packet(...commands.mailFrom),
    ...Array.from({ length: 100 }, () => packet("B", Buffer.alloc(1000))),
  ];
  const reached = deferred<void>();
  const answer = deferred<void>();
  const transport: MilterTransport = {
    read: () => Promise.resolve(pieces[reads++]),
    write: (bytes) => Promise.resolve(void written.push(bytes)),
    end: () => Promise.resolve(),
    destroy: () => {},
  };
  const errors: MilterError[] = [];
  const session = serveMilter(
    transport,
    () => ({
      connect: () => undefined,
      mailFrom: () => undefined,
      body: () => {
        reached.resolve();
        return answer.promise;
      },
    }),
    { onError: (error) => errors.push(error) },
  );
  await reached.promise;
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  expect(reads).toBe(5);
  answer.resolve();
  await session.done;
  expect(written.length).toBe(103);
  expect(errors).toEqual([]);
});
