import { once } from "node:events";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { SMTPStream } from "smtp-server/lib/smtp-stream";
import { describe, expect, test } from "vitest";
import { DataParser, receive } from "../../src/smtp/data-stream.ts";
import { cutAt, cuts } from "../message/hostile-pieces.ts";

/** The result of a parser: the content, and the commands after its end. */
async function parsed(
  parser: SMTPStream,
  pieces: readonly Buffer[],
): Promise<{ content: string; commands: string[]; ended: boolean }> {
  const commands: string[] = [];
  parser.oncommand = (command, callback) => {
    commands.push(command.toString("latin1"));
    callback?.();
  };
  const stream = parser.startDataMode();
  const chunks: Buffer[] = [];
  let ended = false;
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    ended = true;
    parser.continue();
  });
  for (const piece of pieces) {
    parser.write(piece);
  }
  // The octets after the end are a command, so that both kinds of end are seen.
  parser.end("\r\n");
  await once(parser, "finish").catch(() => undefined);
  return { content: Buffer.concat(chunks).toString("latin1"), commands, ended };
}

const parts = fc.array(
  fc.constantFrom(".", "..", "\r\n", "\r", "\n", "a", "\r\n.", "\r\n..", "NOOP\r\n"),
  { maxLength: 30 },
);
const end = "\r\n.\r\n";

describe("DataParser", () => {
  test("finds the same as smtp-server's parser, for chunks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(parts, cuts, async (texts, at) => {
        // The result of smtp-server's parser depends on the pieces if a message begins with a bare LF and dots.
        const bytes = Buffer.from(`a${texts.join("")}${end}QUIT\r\n`, "latin1");
        const theirs = await parsed(new SMTPStream(), [bytes]);
        expect(await parsed(new DataParser(), cutAt(bytes, at))).toEqual(theirs);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [".\r\n", ""],
    ["..\r\n.\r\n", ".\r\n"],
    ["a\r\n.\r\n", "a\r\n"],
    ["a\r\n..\r\n.\r\n", "a\r\n.\r\n"],
    ["a\r\n.b\r\n.\r\n", "a\r\n.b\r\n"],
    ["a\n.\r\n\r\n.\r\n", "a\n.\r\n\r\n"],
    ["a\r\n.\n\r\n.\r\n", "a\r\n.\n\r\n"],
    ["a\r.\r\n\r\n.\r\n", "a\r.\r\n\r\n"],
    ["a\r\n.\r.\r\n\r\n.\r\n", "a\r\n.\r.\r\n\r\n"],
  ])("%j is %j, whole and octet by octet", async (octets, content) => {
    const bytes = Buffer.from(`${octets}QUIT\r\n`);
    const single = cutAt(
      bytes,
      Array.from(bytes, (_, index) => index),
    );
    for (const pieces of [[bytes], single]) {
      expect(await parsed(new DataParser(), pieces)).toEqual({
        content,
        commands: ["QUIT", ""],
        ended: true,
      });
    }
  });

  test("makes one write for each chunk, regardless of its dots", () => {
    const parser = new DataParser();
    const stream = parser.startDataMode();
    let writes = 0;
    stream.write = () => {
      writes++;
      return true;
    };
    parser.write(Buffer.from("..\r\n".repeat(20_000)));
    expect(writes).toBe(1);
    expect(parser.dataBytes).toBe(60_000);
  });
});

describe("reading a message", () => {
  test("waits until each piece is stored, and ends after the last one", async () => {
    const stream = new PassThrough();
    const taken: string[] = [];
    const stored: (() => void)[] = [];
    let isDone = false;
    const reading = receive(stream, {
      write: (chunk) => {
        taken.push(String(chunk));
        return new Promise((resolve) => stored.push(resolve));
      },
    }).finally(() => {
      isDone = true;
    });
    stream.write("one");
    await expect.poll(() => taken).toEqual(["one"]);
    stream.end("two");
    await new Promise(setImmediate);
    expect(taken).toEqual(["one"]);
    stored[0]?.();
    await expect.poll(() => taken).toEqual(["one", "two"]);
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    stored[1]?.();
    await reading;
    expect(isDone).toBe(true);
  });

  test("does not wait for pieces that are kept in memory", async () => {
    const stream = new PassThrough();
    let octets = 0;
    const reading = receive(stream, {
      write: (chunk) => {
        octets += chunk.length;
        return undefined;
      },
    });
    for (let count = 0; count < 100; count++) stream.write(Buffer.alloc(1000));
    stream.end();
    await reading;
    expect(octets).toBe(100_000);
  });

  test("fails if the client disconnects first, with the cause", async () => {
    const stream = new PassThrough();
    const reading = receive(stream, { write: () => undefined });
    stream.write("half");
    const cause = new Error("ECONNRESET");
    stream.destroy(cause);
    await expect(reading).rejects.toMatchObject({
      message: "the client disconnected before the message was complete",
      cause,
    });
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("a defect");
      },
    ],
    ["rejects", () => Promise.reject(new Error("a defect"))],
  ] as const)("fails, and still reads the rest, if a check %s", async (_how, fail) => {
    const stream = new PassThrough();
    let writes = 0;
    const reading = receive(stream, {
      write: () => {
        writes++;
        return fail();
      },
    });
    const ended = once(stream, "end");
    stream.write("one");
    await expect(reading).rejects.toThrow("a defect");
    stream.end("two");
    await ended;
    expect(writes).toBe(2);
  });
});
