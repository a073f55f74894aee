import { formatFields } from "@mailseal/syntax";
import { verify } from "@mailseal/verifier";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { StoredMessage } from "../../src/index.ts";
import {
  bytesOf,
  context,
  envelope,
  key,
  mail,
  nowMs,
  open,
  published,
  received,
  stored,
} from "../support/mail.ts";

const signing = { selector: "s1", keyText: key.toPem() };

test("a signed message with any body verifies, and is not signed again (property)", async () => {
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

test("a signature has CRLF even if the first remaining line ends with a bare LF", async () => {
  const { pipeline } = await open({ signing: { ...signing, removeOldSignatures: true } });
  const old = "DKIM-Signature: v=1; d=example.com; s=s1; a=;\r\n";
  const message = Buffer.from(`${old}X-Unix: \nFrom: a@example.com\r\n\r\nAt noon?\r\n`);
  const { prepend, remove } = await pipeline.process(stored(message), envelope, context());
  expect(remove).toHaveLength(1);
  expect(formatFields(prepend)).toMatch(/^DKIM-Signature: (?:[^\r\n]*\r\n)+$/);
});
