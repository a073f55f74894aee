import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IncomingMessage, type IncomingOptions } from "../../src/message/incoming-message.ts";
import { Spool } from "../../src/message/spool.ts";
import { wholeMessage } from "../support/relay-under-test.ts";
import { cutAt, cuts, hostileText } from "./hostile-pieces.ts";

const limits = { headerSize: 1000, headerFields: 10, messageSize: 1000, lineLength: 100 };
const header = "From: joe@example.com\r\nX-Binding: out\r\n\r\n";

function incoming(options: Partial<IncomingOptions> = {}, spool = roomy()): IncomingMessage {
  return new IncomingMessage(spool.writer(), { limits, lineEndings: "reject", ...options });
}

function roomy(): Spool {
  return new Spool({ spillSize: 100, memory: 100_000 });
}

describe("a message that arrives", () => {
  test("is stored with the facts that the relay needs", async () => {
    const message = incoming({ bindingHeader: "X-Binding", digest: "sha256" });
    const content = `${header}na\u00efve\r\n`;
    await message.write(Buffer.from(content));
    const received = await message.finish();
    expect(received).toMatchObject({
      ascii: false,
      asciiHeader: true,
      utf8Address: false,
      bindingField: { value: "out" },
      digest: createHash("sha256").update(content).digest("base64url"),
    });
    expect(message.sizeBytes).toBe(Buffer.byteLength(content));
  });

  test("with lineEndings: fix has CRLF, and its digest is that of the octets that came", async () => {
    const message = incoming({ lineEndings: "fix", digest: "sha256" });
    await message.write(Buffer.from("A: b\n\nhi\n"));
    const received = await message.finish();
    expect(received?.digest).toBe(createHash("sha256").update("A: b\n\nhi\n").digest("base64url"));
    if (received === undefined) throw new Error("expected a message");
    expect((await wholeMessage(received.message)).toString()).toBe("A: b\r\n\r\nhi\r\n");
  });

  test.each([
    ["message-too-large", `${header}${"x\r\n".repeat(400)}`],
    ["long-line", `${header}${"x".repeat(101)}\r\n`],
    ["bare-lf", `${header}a\nb\r\n`],
    ["bare-cr", `${header}a\rb\r\n`],
    ["nul", `${header}\0\r\n`],
    ["too-many-fields", `${"A: b\r\n".repeat(11)}\r\n`],
    ["header-too-large", `A: ${"b\r\n ".repeat(300)}\r\n`],
  ])("with the defect %s holds no memory and drops what follows", async (defect, content) => {
    const spool = roomy();
    const sizes = { ...limits, messageSize: defect === "message-too-large" ? 1000 : 10_000 };
    const message = incoming({ limits: sizes }, spool);
    await message.write(Buffer.from(content));
    expect(message.defect).toBe(defect);
    expect(spool.memoryUsedBytes).toBe(0);
    await message.write(Buffer.from("more\r\n"));
    expect(spool.memoryUsedBytes).toBe(0);
    expect(await message.finish()).toBeUndefined();
    expect(message.defect).toBe(defect);
  });

  test("is stored or has a defect, never both, whatever its octets and pieces are", async () => {
    await fc.assert(
      fc.asyncProperty(
        hostileText,
        cuts,
        fc.constantFrom("reject", "fix"),
        async (bytes, at, lineEndings) => {
          const spool = new Spool({ spillSize: 20, memory: 200_000 });
          const message = incoming({ lineEndings, bindingHeader: "Bind" }, spool);
          for (const piece of cutAt(bytes, at)) await message.write(piece);
          const received = await message.finish();
          expect(received === undefined).toBe(message.defect !== undefined);
          await received?.message.release();
          expect(spool.memoryUsedBytes).toBe(0);
        },
      ),
    );
  });
});

describe("the memory of a message that went to a file", () => {
  const body = "x\r\n".repeat(200);

  test("counts the first piece, because the header is read in place", async () => {
    const spool = roomy();
    const message = incoming({}, spool);
    const first = Buffer.from(header + body.slice(0, 300));
    await message.write(first);
    expect(spool.memoryUsedBytes).toBe(first.length);
    await message.write(Buffer.from(body.slice(300)));
    const received = await message.finish();
    expect(received?.message.header.bytes.buffer).toBe(first.buffer);
    expect(spool.memoryUsedBytes).toBe(first.length);
    await received?.message.release();
    expect(spool.memoryUsedBytes).toBe(0);
  });

  test("counts the copy of a header that came in several pieces, and not the pieces", async () => {
    const spool = roomy();
    const message = incoming({}, spool);
    for (const piece of [header.slice(0, 10), header.slice(10), body]) {
      await message.write(Buffer.from(piece));
    }
    const received = await message.finish();
    const copyBytes = received?.message.header.bytes.buffer.byteLength ?? 0;
    expect(copyBytes).toBeGreaterThan(header.length);
    expect(spool.memoryUsedBytes).toBe(copyBytes);
    await received?.message.release();
    expect(spool.memoryUsedBytes).toBe(0);
  });

  test("is free after a client disconnects in the middle", async () => {
    const spool = roomy();
    const message = incoming({}, spool);
    const writing = message.write(Buffer.from(header + body));
    await message.discard();
    await writing;
    expect(spool.memoryUsedBytes).toBe(0);
  });
});
