import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  mailCommand,
  recipientCommand,
  unsupportedRecipient,
  unsupportedSender,
} from "../../src/next-hop/envelope-commands.ts";
import { DotStuffer } from "../../src/next-hop/next-hop-session.ts";
import { ReplyReader } from "../../src/next-hop/reply-reader.ts";

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length];
  const sorted = places.toSorted((one, other) => one - other);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe("ReplyReader", () => {
  test.each([
    ["250 OK\r\n", { code: 250, text: "OK" }],
    ["250\r\n", { code: 250, text: "" }],
    ["550 5.1.1 No such user\r\n", { code: 550, enhancedCode: "5.1.1", text: "No such user" }],
    ["451-4.3.0 one\r\n451 4.3.0 two\n", { code: 451, enhancedCode: "4.3.0", text: "one\ntwo" }],
    ["250 2.0.0\r\n", { code: 250, enhancedCode: "2.0.0", text: "" }],
    ["550 caf\xc3\xa9\r\n", { code: 550, text: "café" }],
  ])("%j", (octets, reply) => {
    expect([...new ReplyReader().push(Buffer.from(octets, "latin1"))]).toEqual([reply]);
  });

  test("hands out a reply before it finds that what follows is none", () => {
    const replies = new ReplyReader().push(Buffer.from("250 OK\r\nnonsense\r\n"));
    expect(replies.next().value).toMatchObject({ code: 250 });
    expect(() => replies.next()).toThrow(/expected an SMTP reply/);
  });

  test("does not read on without end", () => {
    const reader = new ReplyReader();
    const line = Buffer.from("250-more\r\n".repeat(1000));
    expect(() => {
      for (let count = 0; count < 100; count++) {
        reader.push(line).next();
      }
    }).toThrow(/longer than 65536 octets/);
  });

  test("any octets in any pieces: replies or one error, the same ones", () => {
    const part = fc.constantFrom("250 ok", "250-a", "\r\n", "\n", "550 5.1.1 x", "\xff", "12", " ");
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat({ max: 40 })), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(""), "latin1");
        expect(readAll(cutAt(bytes, cuts))).toEqual(readAll([bytes]));
      }),
    );
  });
});

function readAll(pieces: readonly Buffer[]): unknown[] {
  const reader = new ReplyReader();
  const seen: unknown[] = [];
  try {
    for (const piece of pieces) {
      for (const reply of reader.push(piece)) {
        seen.push(reply);
      }
    }
  } catch {
    seen.push("error");
  }
  return seen;
}

test("DotStuffer: a receiver that takes the dots away again has the same lines", () => {
  const line = fc.constantFrom(".", "..", "a.", "", ".a", "b").map((text) => `${text}\r\n`);
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
      const stuffer = new DotStuffer();
      const sent = cutAt(Buffer.from(lines.join("")), cuts).map((piece) => stuffer.push(piece));
      const text = Buffer.concat([...sent, Buffer.from(stuffer.end())]).toString();
      expect(text.indexOf("\r\n.\r\n")).toBe(lines.length === 0 ? -1 : text.length - 5);
      expect(text.slice(0, -3).replaceAll(/^\./gm, "")).toBe(lines.join(""));
    }),
  );
});

describe("envelope commands", () => {
  const all = new Map([
    ["SIZE", "1000"],
    ["8BITMIME", ""],
    ["SMTPUTF8", ""],
    ["DSN", ""],
  ]);
  const mail = {
    from: "a@b",
    sizeBytes: 10,
    eightBit: true,
    smtpUtf8: true,
    ret: "full" as const,
    envid: "x y",
  };

  test("say what the next hop knows, and no more", () => {
    expect(mailCommand(all, mail)).toBe(
      "MAIL FROM:<a@b> SIZE=4106 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=x+20y",
    );
    expect(mailCommand(new Map(), mail)).toBe("MAIL FROM:<a@b>");
    const recipient = {
      address: "c@d",
      dsn: { notify: ["never" as const], orcpt: "rfc822;c+d=e@f" },
    };
    expect(recipientCommand(all, recipient)).toBe(
      "RCPT TO:<c@d> NOTIFY=NEVER ORCPT=rfc822;c+2Bd+3De@f",
    );
    expect(recipientCommand(new Map(), recipient)).toBe("RCPT TO:<c@d>");
  });

  test("an ORCPT of the type utf-8 goes on in 8 bits to who takes it, else in its 7-bit form (RFC 6533 3)", () => {
    const recipient = { address: "añn@d", dsn: { orcpt: "utf-8;añn+x@d" } };
    expect(recipientCommand(all, recipient)).toBe("RCPT TO:<añn@d> ORCPT=utf-8;añn\\x{2B}x@d");
    const seven = "RCPT TO:<b@d> ORCPT=utf-8;a\\x{F1}n@d";
    const octets = Buffer.from("utf-8;añn@d").toString("latin1");
    for (const orcpt of ["utf-8;añn@d", octets, "utf-8;a\\x{F1}n@d"]) {
      expect(recipientCommand(new Map([["DSN", ""]]), { address: "b@d", dsn: { orcpt } })).toBe(
        seven,
      );
    }
  });

  test("what the next hop cannot take is refused before it is asked", () => {
    const small = new Map([["SIZE", "5"]]);
    expect(unsupportedSender(small, mail)).toMatchObject({ code: 552 });
    expect(unsupportedSender(new Map(), { ...mail, from: "é@d" })).toMatchObject({ code: 553 });
    expect(unsupportedRecipient(new Map(), { address: "é@d" })).toMatchObject({ code: 553 });
    expect(unsupportedRecipient(all, { address: "é@d" })).toBeUndefined();
    expect(unsupportedRecipient(new Map(), { address: "e@bücher.example" })).toBeUndefined();
  });

  test("have domains in A-labels, and SMTPUTF8 where the sender's local part needs it", () => {
    const plain = { from: "e@bücher.example", eightBit: false, smtpUtf8: false };
    expect(mailCommand(all, plain)).toBe("MAIL FROM:<e@xn--bcher-kva.example>");
    expect(mailCommand(all, { ...plain, from: "é@bücher.example" })).toBe(
      "MAIL FROM:<é@xn--bcher-kva.example> SMTPUTF8",
    );
    expect(recipientCommand(all, { address: "é@bücher.example" })).toBe(
      "RCPT TO:<é@xn--bcher-kva.example>",
    );
  });
});
