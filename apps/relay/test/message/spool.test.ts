import type { SpillFile } from "@mailseal/spill-file";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Spool } from "../../src/message/spool.ts";
import { wholeMessage } from "../support/relay-under-test.ts";
import { cutAt, cuts } from "./hostile-pieces.ts";

describe("Spool", () => {
  test("stores any message in chunks of any size, in memory or in a file, and releases everything", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        cuts,
        fc.constantFrom(10, 100, 1000),
        async (bytes, at, spillSize) => {
          const spool = new Spool({ spillSize, memory: 100_000 });
          const writer = spool.writer();
          for (const piece of cutAt(Buffer.from(bytes), at)) {
            await writer.write(piece);
          }
          const message = await writer.finish();
          if (message === undefined) {
            throw new Error("expected a message");
          }
          expect(message.sizeBytes).toBe(bytes.length);
          expect(await wholeMessage(message)).toEqual(Buffer.from(bytes));
          expect(await wholeMessage(message)).toEqual(Buffer.from(bytes));
          await message.release();
          await message.release();
          expect(spool.memoryUsedBytes).toBe(0);
        },
      ),
    );
  });

  test("counts the memory that tiny chunks really take", async () => {
    const spool = new Spool({ spillSize: 1_000_000, memory: 100_000 });
    const writer = spool.writer();
    for (let count = 0; count < 20_000; count++) {
      await writer.write(Buffer.from("ab"));
    }
    expect(spool.memoryUsedBytes).toBeGreaterThanOrEqual(40_000);
    expect(spool.memoryUsedBytes).toBeLessThan(80_000);
    await writer.discard();
    expect(spool.memoryUsedBytes).toBe(0);
  });

  test("a failing disk is a defect, and nothing is left behind", async () => {
    let isClosed = false;
    const full = {
      sizeBytes: 0,
      append: () => Promise.reject(new Error("ENOSPC")),
      close: async () => {
        isClosed = true;
      },
    };
    const spool = new Spool({
      spillSize: 10,
      memory: 1000,
      createFile: async () => full as unknown as SpillFile,
    });
    const writer = spool.writer();
    await writer.write(Buffer.alloc(20));
    expect(writer.defect).toBe("disk");
    expect(await writer.finish()).toBeUndefined();
    expect(isClosed).toBe(true);
    expect(spool.memoryUsedBytes).toBe(0);
  });

  test("a client that disconnects while the file is created leaves no open file", async () => {
    let closed = 0;
    let create: () => void = () => undefined;
    const file = { sizeBytes: 0, append: async () => undefined, close: async () => void closed++ };
    const spool = new Spool({
      spillSize: 10,
      memory: 1000,
      createFile: () =>
        new Promise((resolve) => {
          create = () => resolve(file as unknown as SpillFile);
        }),
    });
    const writer = spool.writer();
    const written = writer.write(Buffer.alloc(20));
    await writer.discard();
    create();
    await written;
    expect([closed, spool.memoryUsedBytes]).toEqual([1, 0]);
    await writer.write(Buffer.alloc(20));
    expect(spool.memoryUsedBytes).toBe(0);
  });

  test("counts a header that is kept beside the message until everything is released", async () => {
    const spool = new Spool({ spillSize: 10, memory: 1000 });
    const writer = spool.writer();
    writer.holdHeader(400);
    writer.holdHeader(300);
    await writer.write(Buffer.alloc(50));
    expect(spool.memoryUsedBytes).toBe(400);
    const message = await writer.finish();
    expect(spool.memoryUsedBytes).toBe(400);
    await message?.release();
    expect(spool.memoryUsedBytes).toBe(0);
    const other = spool.writer();
    other.holdHeader(1001);
    expect([other.defect, spool.memoryUsedBytes]).toEqual(["memory", 0]);
  });
});
