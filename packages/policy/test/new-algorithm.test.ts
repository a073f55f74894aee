import { type Algorithm, algorithms, generateKey } from "@mailseal/crypto";
import { expect, test } from "vitest";

/** What somebody would add to the table in `crypto`, and nothing else: RSA with SHA-512. */
const row = {
  name: "rsa-sha512",
  keyType: "rsa",
  hash: "sha512",
  hashBytes: 64,
  digestInfo: "3051300d060960864801650304020305000440",
  legacy: false,
};

// Before the packages that read the table are loaded, as a row in the source would be.
(algorithms as Map<string, Algorithm>).set(row.name, row as unknown as Algorithm);

const { configSchema } = await import("@mailseal/config");
const { formatKeyRecord, keySource, lintKeyRecord, staticResolver } =
  await import("@mailseal/dns-record");
const { signMessage } = await import("@mailseal/signer");
const { parseSignature } = await import("@mailseal/syntax");
const { verify } = await import("@mailseal/verifier");
const { explain } = await import("@mailseal/verifier/explain");

const algorithm = row.name as Algorithm["name"];
const key = generateKey({ type: "rsa", bits: 2048 });
const record = formatKeyRecord(key.publicKey, { hashes: ["sha512"] });
const keys = keySource(staticResolver(new Map([["mail._domainkey.example.com", [record]]])));
const message = Buffer.from("From: Ada <ada@example.com>\r\nSubject: plan\r\n\r\nhello\r\n");
const signed = signMessage(message, { domain: "example.com", selector: "mail", key, algorithm });

test("one row in the table of algorithms: its signature is made, parsed and verified", async () => {
  const text = Buffer.from(signed).toString("latin1");
  expect(text).toMatch(/^DKIM-Signature: v=1; a=rsa-sha512;/);
  expect(
    parseSignature(text.slice("DKIM-Signature:".length, text.indexOf("\r\nFrom:"))),
  ).toMatchObject({
    ok: true,
    signature: { algorithm },
  });
  const { signatures } = await verify(signed, { keys });
  expect(signatures).toMatchObject([{ result: "pass", algorithm }]);
});

test("an altered message fails, and explain recovers the digest that was signed", async () => {
  const altered = Buffer.from(
    Buffer.from(signed).toString("latin1").replace("plan", "[list] plan"),
    "latin1",
  );
  const { signatures } = await explain(altered, { keys });
  expect(signatures).toMatchObject([
    { result: "fail", algorithm, causes: [{ code: "field-edited" }] },
  ]);
});

test("the advice on its key record is that nothing is wrong", () => {
  expect(lintKeyRecord(record).filter(({ level }) => level === "error")).toEqual([]);
});

test("the config file accepts it as a scope's algorithm", () => {
  const read = configSchema.safeParse({ signing: { algorithm } });
  expect(read.error?.issues ?? []).toEqual([]);
});
