import { formatKeyRecord, keySource, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { createSigner, type FieldPresetName, generateKey } from "@mailseal/signer";
import { verify } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";

const key = generateKey({ type: "ed25519" });
const keys = keySource(
  staticResolver(zoneFromJson({ "s._domainkey.example.com": [formatKeyRecord(key.publicKey)] })),
);

/** What an application sends: it leaves the rest to its server. */
const bare = "From: ada@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";
/** A message that has every field of which only one is allowed. */
const full = [
  "From: ada@example.com",
  "Reply-To: office@example.com",
  "Subject: Lunch",
  "Date: Fri, 27 Nov 2026 12:00:00 +0000",
  "Message-ID: <1@example.com>",
  "To: zoe@example.net",
  "Cc: kim@example.net",
  "MIME-Version: 1.0",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: 8bit",
  "",
  "At noon?",
  "",
].join("\r\n");

async function verdictOf(
  message: string,
  fields: FieldPresetName | undefined,
  added: string,
): Promise<string> {
  const options = { domain: "example.com", selector: "s", key };
  const signer = createSigner(fields === undefined ? options : { ...options, fields });
  const signed = Buffer.from(signer.sign(message).toBytes()).toString();
  const { signatures } = await verify(`${added}\r\n${signed}`, { keys });
  return signatures.map(({ code }) => code).join();
}

/** What mail servers add to a message that lacks it. */
const byServers = [
  "Date: Fri, 27 Nov 2026 12:00:01 +0000",
  "Message-ID: <20261127120001.1@mx.example.com>",
  "To: undisclosed-recipients:;",
  "MIME-Version: 1.0",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: quoted-printable",
];
const byAttackers = [
  "From: eve@example.com",
  "Subject: Your account",
  "Reply-To: eve@example.org",
  "Cc: eve@example.org",
];

describe("a field that a server adds after signing", () => {
  const all = byServers.join("\r\n");
  test.each([...byServers, all])("passes with standard, the default: %s", async (added) => {
    expect(await verdictOf(bare, undefined, added)).toBe("pass");
    expect(await verdictOf(bare, "standard", added)).toBe("pass");
    expect(await verdictOf(bare, "minimal", added)).toBe("pass");
  });

  test.each([...byServers, all])("breaks the signature with strict: %s", async (added) => {
    expect(await verdictOf(bare, "strict", added)).toBe("signature-mismatch");
  });
});

describe("a field that is added to deceive", () => {
  test.each(byAttackers)("breaks the signature as the second one: %s", async (added) => {
    expect(await verdictOf(full, "standard", added)).toBe("signature-mismatch");
    expect(await verdictOf(full, "strict", added)).toBe("signature-mismatch");
  });

  test.each(byAttackers)("breaks the signature of a message without one: %s", async (added) => {
    expect(await verdictOf(bare, "standard", added)).toBe("signature-mismatch");
  });

  test.each(byServers)(
    "breaks the signature as the second one even with standard: %s",
    async (added) => {
      expect(await verdictOf(full, "standard", added)).toBe("signature-mismatch");
    },
  );

  test.each([
    ["From: eve@example.com", "signature-mismatch"],
    // The signature fits, and the receiver's own rule refuses the second Subject (RFC 6376 8.15).
    ["Subject: Your account", "duplicate-field"],
    ["Reply-To: eve@example.org", "pass"],
    ["Cc: eve@example.org", "pass"],
  ])("fits the signature with minimal, unless it is From: %s", async (added, code) => {
    expect(await verdictOf(bare, "minimal", added)).toBe(code);
  });
});
