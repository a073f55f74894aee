import { formatFields } from "@mailseal/syntax";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { verify } from "@mailseal/verifier";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StoredMessage } from "../../src/index.ts";
import { KeyDatabase } from "../../src/keys/key-database.ts";
import {
  bytesOf,
  context,
  envelope,
  inbound,
  key,
  mail,
  nowMs,
  open,
  published,
  received,
  signedAs,
  stored,
} from "../support/mail.ts";

const signing = { selector: "s1", keyText: key.toPem() };

describe("limits on the header", () => {
  test.for([
    [
      "its size",
      { headerSize: 100 },
      mail("a@example.com", [`X: ${"y".repeat(100)}`]),
      552,
      "5.3.4",
    ],
    ["its size, without an end", { headerSize: 100 }, "x".repeat(1000), 552, "5.3.4"],
    [
      "the number of its fields",
      { headerFields: 3 },
      mail("a@example.com", ["X: y"]),
      552,
      "5.3.4",
    ],
  ] as const)("%s", async ([, limits, text, code, enhancedCode]) => {
    for (const how of [context(), inbound]) {
      const { pipeline, events } = await open({ signing, limits });
      const processed = await pipeline.process(stored(text, 7), envelope, how);
      expect(processed).toMatchObject({
        disposition: { action: "reject", code, enhancedCode },
        prepend: [],
        signatures: [],
      });
      expect(events.map(({ type }) => type)).toEqual(["fault"]);
    }
  });

  test("a header at the limits is taken", async () => {
    const text = mail("a@example.com");
    const headerSize = text.indexOf("\r\n\r\n") + 4;
    const { pipeline } = await open({ signing, limits: { headerSize, headerFields: 3 } });
    const processed = await pipeline.process(stored(text), envelope, context());
    expect(signedAs(processed)).toEqual(["s1/example.com"]);
  });
});

test.for([
  ["one line", (text: string) => text.replace("Subject: Lunch\r\n", "Subject: Lunch\n")],
  ["every line", (text: string) => text.replaceAll("\r\n", "\n")],
] as const)(
  "a bare LF in the header, at the end of %s, is refused, not signed",
  async ([, spoil]) => {
    const { pipeline } = await open({ signing });
    const text = spoil(mail("a@example.com"));
    const { disposition, prepend } = await pipeline.process(stored(text), envelope, context());
    expect(disposition).toMatchObject({ action: "reject", code: 554, enhancedCode: "5.6.0" });
    expect(formatFields(prepend)).toBe("");
  },
);

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

  test("is let go of where the body is not read", async () => {
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

test("a listener that throws costs no message", async () => {
  const onEvent = (): never => {
    throw new Error("full disk");
  };
  const { pipeline } = await open({ signing }, { onEvent });
  const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
  expect(signedAs(processed)).toEqual(["s1/example.com"]);
});

test("a large message is read once, piece by piece", async () => {
  const piece = Buffer.from(`${"x".repeat(998)}\r\n`.repeat(64));
  let alive = 0;
  let most = 0;
  let reads = 0;
  const large: StoredMessage = {
    sizeBytes: 0,
    async *chunks() {
      reads++;
      yield Buffer.from(mail("a@example.com"));
      for (let count = 0; count < 300; count++) {
        alive++;
        most = Math.max(most, alive);
        yield piece;
        alive--;
      }
    },
  };
  const { pipeline } = await open({ signing });
  const processed = await pipeline.process(large, envelope, context());
  expect([reads, most]).toEqual([1, 1]);
  expect((await received(large, processed)).signatures[0]?.result).toBe("pass");
});

test("a signature has CRLF also where the first line that is left after a removal ends with bare LF", async () => {
  const { pipeline } = await open({ signing: { ...signing, removeOldSignatures: true } });
  const old = "DKIM-Signature: v=1; d=example.com; s=s1; a=;\r\n";
  const message = Buffer.from(`${old}X-Unix: \nFrom: a@example.com\r\n\r\nAt noon?\r\n`);
  const { prepend, remove } = await pipeline.process(stored(message), envelope, context());
  expect(remove).toHaveLength(1);
  expect(formatFields(prepend)).toMatch(/^DKIM-Signature: (?:[^\r\n]*\r\n)+$/);
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

test("whatever a message contains, it is answered, and how it is cut changes nothing", async () => {
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

test("what is signed verifies, whatever its body, and is not signed again", async () => {
  const { pipeline } = await open({ signing });
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 50 }),
      async (body, step) => {
        const message = stored(Buffer.concat([Buffer.from(mail("a@example.com")), body]), step);
        const processed = await pipeline.process(message, envelope, context());
        const out = await bytesOf(message, processed);
        const { signatures } = await verify(out, { keys: published, now: nowMs / 1000 });
        expect(signatures.map(({ result }) => result)).toEqual(["pass"]);
        const again = await pipeline.process(stored(out, step), envelope, context());
        expect(again.skipped).toBe("already-signed");
      },
    ),
    { numRuns: 200 },
  );
});

test("messages at the same time do not meet", async () => {
  const domains = Array.from({ length: 200 }, (_, index) => `d${index}.example`);
  const { pipeline } = await open({ signing, keys: { cacheSize: 5 } });
  const all = await Promise.all(
    domains.map((domain) => pipeline.process(stored(mail(`a@${domain}`), 9), envelope, context())),
  );
  expect(all.map((processed) => signedAs(processed).join(" "))).toEqual(
    domains.map((domain) => `s1/${domain}`),
  );
});

test("preload finds the keys of all scopes and of the database", async () => {
  const directory = temporaryDirectory("file");
  const template = `${directory}/%{d}.%{s}`;
  for (const name of [
    "one.example.s1",
    "one.example.s2",
    "two.example.s1",
    "three.example.s1",
    "parent.example.s1",
  ]) {
    writeTestFile(directory, name, key.toPem());
  }
  const database = `${directory}/keys.db`;
  const rows = new KeyDatabase(database);
  rows.add("three.example", "s1", `${directory}/three.example.s1`);
  rows.close();
  const { pipeline, events } = await open({
    signing: { key: template, selector: "s1" },
    domains: {
      "one.example": {},
      "*.wild.example": {},
      "sub.parent.example": { signing: { baseDomain: "parent.example" } },
      "off.example": { signing: { sign: false } },
    },
    bindings: {
      pool: {
        signing: { selector: "s2" },
        domains: { "two.example": { signing: { selector: "s1" } } },
      },
    },
    keys: { preload: true, database },
  });
  const found = events.flatMap((event) =>
    event.type === "key-load" && event.answer.status === "found"
      ? [`${event.selector}/${event.domain}`]
      : [],
  );
  expect(found.toSorted()).toEqual([
    "s1/one.example",
    "s1/parent.example",
    "s1/three.example",
    "s1/two.example",
    "s2/one.example",
  ]);
  pipeline.close();
});
