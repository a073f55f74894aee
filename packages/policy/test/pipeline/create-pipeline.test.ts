import { formatFields } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StoredMessage } from "../../src/index.ts";
import {
  bytesOf,
  context,
  envelope,
  inbound,
  key,
  mail,
  open,
  signedAs,
  stored,
} from "../support/mail.ts";

const signing = { selector: "s1", keyText: key.toPem() };

describe("a source that fails", () => {
  const text = Buffer.from(mail("a@example.com"));
  const failing = (after: number): StoredMessage => ({
    sizeBytes: text.length,
    async *chunks() {
      yield text.subarray(0, after);
      throw new Error("EIO: /secret\r\npath");
    },
  });
  test.for([
    [10, context()],
    [text.length - 1, context()],
    [10, inbound],
    [text.length - 1, inbound],
  ] as const)("after %i octets defers", async ([after, how]) => {
    const { pipeline, events } = await open({ signing });
    const processed = await pipeline.process(failing(after), envelope, how);
    expect(processed.disposition).toMatchObject({
      action: "defer",
      code: 451,
      enhancedCode: "4.3.0",
    });
    expect(processed.prepend).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: "fault", reason: "Error: EIO: /secret??path" });
  });

  test("is closed if its body is not read", async () => {
    let closed = 0;
    const source: StoredMessage = {
      sizeBytes: text.length,
      async *chunks() {
        try {
          yield text.subarray(0, text.length - 2);
          yield text.subarray(text.length - 2);
        } finally {
          closed++;
        }
      },
    };
    const { pipeline } = await open({ signing: { sign: false } });
    await pipeline.process(source, envelope, context());
    expect(closed).toBe(1);
  });
});

test("a listener that throws does not affect the message", async () => {
  const onEvent = (): never => {
    throw new Error("full disk");
  };
  const { pipeline } = await open({ signing }, { onEvent });
  const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
  expect(signedAs(processed)).toEqual(["s1/example.com"]);
});

const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "From: a@example.com\r\n",
        "From: <a@[1.2.3.4]>\r\n",
        "From:\r\n",
        "From: a@example.com, b@x.test\r\n",
        "From: =?x?Q?=00?= <a@..>\r\n",
        "FROM : a@__proto__\r\n",
        "DKIM-Signature: v=1; d=example.com; s=s1; a=;\r\n",
        "DKIM-Signature: \r\n",
        "Authentication-Results: mx.example.org; dkim=pass\r\n",
        "Authentication-Results:;;;\r\n",
        "X-Mailseal-Quarantine: x\r\n",
        "\r\n",
        "\r\n.\r\n",
        "\n",
        "\r",
        "\0",
        ": x\r\n",
        " folded\r\n",
        "\u00e4: \u{1f600}\r\n",
      ),
      fc.string({ unit: "binary", maxLength: 20 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.from(parts.join("")));

test("answers any message, with the same result for chunks of any size (property)", async () => {
  const { pipeline } = await open({
    signing: { ...signing, removeOldSignatures: true, fallbackDomain: "esp.example" },
    limits: { headerSize: 400 },
  });
  await fc.assert(
    fc.asyncProperty(hostileText, fc.integer({ min: 1, max: 9 }), async (bytes, step) => {
      for (const how of [context(), inbound]) {
        const whole = await pipeline.process(stored(bytes), envelope, how);
        const cut = await pipeline.process(stored(bytes, step), envelope, how);
        expect(cut).toEqual(whole);
        expect(formatFields(whole.prepend)).toMatch(/^(?:[\x20-\x7e\t\u0080-\u{10ffff}]*\r\n)*$/u);
        if (whole.disposition.action === "defer")
          expect(whole).toBe("no fault is in reach of content");
        const text = bytes.toString("latin1");
        const kept = whole.remove.reduceRight(
          (left, { start, end }) => left.slice(0, start) + left.slice(end),
          text,
        );
        const out = await bytesOf(stored(bytes, step), whole);
        expect(
          out.subarray(Buffer.byteLength(formatFields(whole.prepend))).toString("latin1"),
        ).toBe(kept);
      }
    }),
    { numRuns: 1000 },
  );
});

test("messages that are processed at the same time do not affect each other", async () => {
  const domains = Array.from({ length: 200 }, (_, index) => `d${index}.example`);
  const { pipeline } = await open({ signing, keys: { cacheSize: 5 } });
  const all = await Promise.all(
    domains.map((domain) => pipeline.process(stored(mail(`a@${domain}`), 9), envelope, context())),
  );
  expect(all.map((processed) => signedAs(processed).join(" "))).toEqual(
    domains.map((domain) => `s1/${domain}`),
  );
});
