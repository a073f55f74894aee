import { once } from "node:events";
import fc from "fast-check";
import { SMTPStream } from "smtp-server/lib/smtp-stream";
import { describe, expect, test } from "vitest";
import { DataParser } from "../../src/smtp/data-stream.ts";

/** What a parser makes of the octets: the content, and the commands after its end. */
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
  // What follows the end is a command of its own, so that both kinds of end are seen.
  parser.end("\r\n");
  await once(parser, "finish").catch(() => undefined);
  return { content: Buffer.concat(chunks).toString("latin1"), commands, ended };
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length];
  const sorted = places.toSorted((one, other) => one - other);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const parts = fc.array(
  fc.constantFrom(".", "..", "\r\n", "\r", "\n", "a", "\r\n.", "\r\n..", "NOOP\r\n"),
  { maxLength: 30 },
);
const cuts = fc.array(fc.nat({ max: 50 }));
const end = "\r\n.\r\n";

describe("DataParser", () => {
  test("finds the same as smtp-server's parser, for chunks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(parts, cuts, async (texts, at) => {
        // Of a message that begins with a bare LF and dots, smtp-server's own depends on the pieces.
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
