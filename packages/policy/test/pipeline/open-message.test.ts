import { HeaderReader, type Message, splitMessage } from "@mailseal/syntax";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { authorAddresses, type StoredMessage } from "../../src/index.ts";
import { openMessage } from "../../src/pipeline/open-message.ts";
import { context, envelope, inbound, key, mail, open, stored } from "../support/mail.ts";

const push = vi.spyOn(HeaderReader.prototype, "push");
const end = vi.spyOn(HeaderReader.prototype, "end");

function headerReads(): number {
  return (
    push.mock.results.filter(({ value }) => value !== undefined).length + end.mock.calls.length
  );
}

beforeEach(() => {
  push.mockClear();
  end.mockClear();
});

afterAll(() => vi.restoreAllMocks());

/** As a front end stores a message whose header it has read. */
function withHeader(text: string, pieceBytes: number): StoredMessage & { header: Message } {
  const bytes = Buffer.from(text);
  const split = splitMessage(bytes);
  const header = { ...split, bytes: bytes.subarray(0, split.bodyStart) };
  return { ...stored(bytes, pieceBytes), header };
}

const signing = { selector: "s1", keyText: key.toPem(), signCondition: [] };
const limits = { headerSize: 1000, headerFields: 20 };

describe("the header of a message", () => {
  test.each([
    ["signed", context()],
    ["verified", inbound],
  ])("is read once when it is %s, and not at all if it comes with the message", async (_, how) => {
    const { pipeline } = await open({ signing });
    const text = mail("a@example.com");
    const expected = await pipeline.process(stored(text, 7), envelope, how);
    expect(headerReads()).toBe(1);
    for (const pieceBytes of [1, 7, 60, 10_000]) {
      const message = withHeader(text, pieceBytes);
      push.mockClear();
      expect(await pipeline.process(message, envelope, how)).toEqual(expected);
      expect(headerReads()).toBe(0);
    }
  });

  test("that comes with the message is not read for its authors", async () => {
    const message = withHeader(mail("a@example.com"), 20);
    push.mockClear();
    expect(await authorAddresses(message, limits)).toEqual(["a@example.com"]);
    expect(headerReads()).toBe(0);
  });
});

test.each([1, 5, 33, 1000])("the body follows the header, in pieces of %i octets", async (size) => {
  const text = mail("a@example.com");
  for (const message of [stored(text, size), withHeader(text, size)]) {
    const opened = await openMessage(message, limits);
    if (!opened.ok) throw new Error(opened.reason);
    const body: Uint8Array[] = [];
    await opened.message.readBody((piece) => body.push(piece));
    expect(Buffer.concat(body).toString()).toBe("At noon?\r\n");
    await opened.message.close();
  }
});

test("limits that were enforced when the message was received do not hold for it again", async () => {
  const message = stored(mail("a@example.com"), 7);
  const strict = { headerSize: 10, headerFields: 1 };
  expect((await openMessage(message, strict)).ok).toBe(false);
  const opened = await openMessage({ ...message, isWithinLimits: true }, strict);
  expect(opened).toMatchObject({ ok: true });
});
