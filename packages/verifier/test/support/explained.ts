import { generateKey, type PrivateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  staticResolver,
  type TxtResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { explain, type Explanation, type ExplainOptions } from "../../src/explain.ts";

/** Keys take long to make: the tests of a file share these. */
export const rsa: PrivateKey = generateKey({ type: "rsa" });
export const ed25519: PrivateKey = generateKey({ type: "ed25519" });
/** The time of every explanation in these tests, Unix seconds. */
export const now = 1_800_000_000;

export const header: string = [
  "From: Ada <ada@example.com>",
  "To: Bob <bob@example.net>",
  "Subject: The plan",
  "Date: Tue, 24 Nov 2026 09:30:00 +0000",
  "Message-ID: <1@example.com>",
  "",
].join("\r\n");
export const body = "Hello,\r\n\r\nhere is the plan.\r\nAda\r\n";

export function zone(records: Parameters<typeof zoneFromJson>[0]): TxtResolver {
  return staticResolver(zoneFromJson(records));
}

/** `rsa` at the selector r of example.com, and `ed25519` at e. */
export const published: TxtResolver = zone({
  "r._domainkey.example.com": [formatKeyRecord(rsa.publicKey)],
  "e._domainkey.example.com": [formatKeyRecord(ed25519.publicKey)],
});

/** A message, signed a hundred seconds before `now`; latin1, one character for each octet. */
export function signed(
  options: Partial<SignatureOptions> = {},
  text: string = `${header}\r\n${body}`,
): string {
  const signer = createSigner({
    domain: "example.com",
    selector: "r",
    key: rsa,
    timestamp: now - 100,
    ...options,
  });
  return Buffer.from(signer.sign(Buffer.from(text, "latin1")).toBytes()).toString("latin1");
}

export async function explained(
  text: string,
  options: Partial<ExplainOptions> = {},
): Promise<Explanation> {
  return explain(Buffer.from(text, "latin1"), { keys: published, now, ...options });
}

/** The causes of every signature, each as its code or as "code field". */
export async function codesOf(
  text: string,
  options: Partial<ExplainOptions> = {},
): Promise<readonly string[]> {
  const { signatures } = await explained(text, options);
  return signatures.flatMap(({ causes }) =>
    causes.map(({ code, field }) => (field === undefined ? code : `${code} ${field}`)),
  );
}

/** What is explained of a field that is signed with the value `before` and arrives with `after`. */
export function codesOfField(
  name: string,
  before: string,
  after: string,
  options: Partial<SignatureOptions> = {},
  more = "",
): Promise<readonly string[]> {
  const others = header.replace(new RegExp(`^${name}:.*\r\n`, "m"), "") + more;
  const text = signed(options, `${others}${name}: ${before}\r\n\r\n${body}`);
  return codesOf(text.replace(`${name}: ${before}\r\n`, () => `${name}: ${after}\r\n`));
}

/** What is explained of a body that is signed as `before` and arrives as `after`. */
export function codesOfBody(
  before: string,
  after: string,
  options: Partial<SignatureOptions> = {},
  more = "",
): Promise<readonly string[]> {
  const text = signed(options, `${header}${more}\r\n${before}`);
  return codesOf(text.slice(0, text.length - before.length) + after);
}
