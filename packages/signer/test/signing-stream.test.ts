import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSigner, type LineEndingRepairs } from "../src/index.ts";
import { ed25519Key } from "./keys.ts";

const ed = { domain: "example.com", selector: "e", key: ed25519Key, timestamp: 1_767_225_600 };
const fixing = createSigner(ed);
const keeping = createSigner(ed, { lineEndings: "keep" });

const piece = fc.constantFrom(
  "a",
  " ",
  "b: c",
  "\r\n",
  "\r",
  "\n",
  "\r\n\r\n",
  "From: x@y.example",
  "é",
);
const pieces = fc.array(piece, { maxLength: 40 }).map((all) => all.join(""));
const cuts = fc.array(fc.nat(120), { maxLength: 10 });

interface Repaired {
  readonly text: string;
  readonly repairs: LineEndingRepairs | undefined;
}

/** The plain oracle: a regular expression over the whole message. */
function repairedPlainly(text: string): Repaired {
  const latin1 = Buffer.from(text).toString("latin1");
  const endings = [...latin1.matchAll(/\r\n|\r|\n/g)];
  const bare = endings.filter(([ending]) => ending !== "\r\n");
  const [first] = bare;
  return {
    text: text.replaceAll(/\r\n|\r|\n/g, "\r\n"),
    repairs: first && {
      count: bare.length,
      first: {
        found: first[0] === "\r" ? "bare CR" : "bare LF",
        line: endings.indexOf(first) + 1,
        offset: first.index,
      },
    },
  };
}

function chunksOf(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.toSorted((a, b) => a - b), bytes.length];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** The result or the code of the error. */
function outcome<Result>(sign: () => Result): Result | string {
  try {
    return sign();
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}

describe("a message with bare CR and LF", () => {
  test("is sent and signed as a regular expression would repair it, in any chunks (property)", () => {
    fc.assert(
      fc.property(pieces, cuts, (rest, at) => {
        const text = `From: a@example.com${rest}`;
        const expected = repairedPlainly(text);
        const signed = outcome(() => keeping.sign(expected.text).fields);
        const streamed = outcome(() => {
          const stream = fixing.stream();
          const sent: Uint8Array[] = [];
          for (const chunk of chunksOf(Buffer.from(text), at)) {
            const bytes = stream.write(chunk);
            // A CR of the chunk before and each byte of this one may get another byte: nothing is hoarded.
            expect(bytes.length).toBeLessThanOrEqual(2 * chunk.length);
            sent.push(bytes);
          }
          const { fields, rest: last, repairs } = stream.finish();
          expect(last.length).toBeLessThanOrEqual(1);
          expect(Buffer.concat([...sent, last]).toString()).toBe(expected.text);
          expect(repairs).toEqual(expected.repairs);
          return fields;
        });
        expect(streamed).toBe(signed);
        const whole = outcome(() => {
          const { fields, message, repairs } = fixing.sign(text);
          expect(Buffer.from(message).toString()).toBe(expected.text);
          expect(repairs).toEqual(expected.repairs);
          return fields;
        });
        expect(whole).toBe(signed);
      }),
      { numRuns: 1000 },
    );
  });

  test("is refused by `reject`, in any chunks, exactly if it would be repaired (property)", () => {
    const rejecting = createSigner(ed, { lineEndings: "reject" });
    fc.assert(
      fc.property(pieces, cuts, (rest, at) => {
        const text = `From: a@example.com${rest}`;
        const expected =
          repairedPlainly(text).repairs === undefined
            ? outcome(() => keeping.sign(text).fields)
            : "bad-line-endings";
        const streamed = outcome(() => {
          const stream = rejecting.stream();
          for (const chunk of chunksOf(Buffer.from(text), at)) stream.write(chunk);
          return stream.finish().fields;
        });
        // A header that is refused for another reason may be refused before its bare CR or LF has come.
        if (streamed !== "several-from" && streamed !== "no-from") expect(streamed).toBe(expected);
        else expect([streamed, "bad-line-endings"]).toContain(expected);
      }),
    );
  });
});

describe("a CRLF that is split between two chunks", () => {
  const [first, second] = ["From: a@example.com\r", "\n\r\nhi\r\n"] as const;

  test("is a CRLF: nothing is repaired, and each chunk is returned as it is", () => {
    const stream = fixing.stream();
    const chunks = [Buffer.from(first), Buffer.from(second)] as const;
    expect(stream.write(chunks[0])).toBe(chunks[0]);
    expect(stream.write(chunks[1])).toBe(chunks[1]);
    const { fields, rest, repairs } = stream.finish();
    expect([rest.length, repairs]).toEqual([0, undefined]);
    expect(fields).toBe(fixing.sign(first + second).fields);
  });

  test("a CR that another byte follows gets its LF with the next chunk, and at the end", () => {
    const stream = fixing.stream();
    const sent = [first, second, "a\r", "b\r"].map((chunk) => {
      return Buffer.from(stream.write(Buffer.from(chunk))).toString();
    });
    const { rest, repairs } = stream.finish();
    expect([...sent, Buffer.from(rest).toString()]).toEqual([first, second, "a\r", "\nb\r", "\n"]);
    expect(repairs).toEqual({ count: 2, first: { found: "bare CR", line: 4, offset: 28 } });
  });
});
