/**
 * Signs, verifies and looks up keys with the packages as they are installed beside this file. Each check returns text
 * that the test expects, and runs unchanged in every runtime.
 */
import { generateKey, loadPrivateKey } from "@mailseal/crypto";
import {
  dohResolver,
  formatKeyRecord,
  nodeResolver,
  staticResolver,
  wireResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { Verification, verify } from "@mailseal/verifier";
import { explain } from "@mailseal/verifier/explain";

const domain = "example.com";
export const message = Buffer.from(
  "From: Ada <ada@example.com>\r\nTo: bob@example.net\r\nSubject: Grüße\r\n" +
    "Date: Fri, 27 Nov 2026 12:00:00 +0000\r\n\r\nAt noon?  \r\n\tYes \r\n\r\n",
);

/** Made on first use, because workerd has no random numbers before a request arrives. */
let made;

/** The options of two signatures, those of a verifier that knows their keys, and a message with both signatures. */
export function fixture() {
  made ??= makeFixture();
  return made;
}

function makeFixture() {
  const keys = { rsa: generateKey({ type: "rsa" }), ed25519: generateKey({ type: "ed25519" }) };
  const records = Object.entries(keys).map(([selector, key]) => [
    `${selector}._domainkey.${domain}`,
    [formatKeyRecord(key.publicKey)],
  ]);
  const signatures = Object.entries(keys).map(([selector, key]) => ({ domain, selector, key }));
  return {
    keys,
    signatures,
    options: { keys: staticResolver(zoneFromJson(Object.fromEntries(records))) },
    signed: Buffer.from(createSigner(signatures).sign(message).toBytes()),
  };
}

function codesOf({ signatures }) {
  return signatures.map(({ code }) => code).join(", ");
}

async function verified(bytes) {
  return codesOf(await verify(bytes, fixture().options));
}

/** The signed message with a part of it replaced. */
function altered(from, to) {
  return Buffer.from(fixture().signed.toString("latin1").replace(from, to), "latin1");
}

function inPieces(bytes) {
  return Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
    bytes.subarray(7 * index, 7 * index + 7),
  );
}

async function lookUp(resolver) {
  const { status, records = [] } = await resolver.resolveTxt(`brisbane._domainkey.${domain}`);
  const absent = await resolver.resolveTxt(`nobody._domainkey.${domain}`);
  return [status, ...records, absent.status].join(", ");
}

function codeOfRefusal(key) {
  try {
    loadPrivateKey(key);
    return "none";
  } catch (error) {
    return error.code;
  }
}

export const checks = {
  "signer: a message": () => verified(fixture().signed),
  "signer: a stream": () => {
    const stream = createSigner(fixture().signatures).stream();
    const sent = inPieces(message).map((piece) => stream.write(piece));
    const { fields, rest } = stream.finish();
    return verified(Buffer.concat([Buffer.from(fields), ...sent, rest]));
  },
  "signer: keys in PEM": () => {
    const signatures = fixture().signatures.map(({ selector, key }) => ({
      domain,
      selector,
      key: loadPrivateKey(key.toPem()),
    }));
    return verified(createSigner(signatures).sign(message).toBytes());
  },
  "signer: a key that cannot be read": () =>
    codeOfRefusal("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
  "verifier: a message in pieces": async () => {
    const verification = new Verification(fixture().options);
    for (const piece of inPieces(fixture().signed)) verification.write(piece);
    return codesOf(await verification.finish());
  },
  "verifier: an altered body": () => verified(altered("noon", "nine")),
  "verifier: an altered field": () => verified(altered("bob@", "eve@")),
  "verifier: an explanation": async () => {
    const { signatures } = await explain(
      altered("Subject: ", "Subject: [list] "),
      fixture().options,
    );
    return signatures.map(({ causes: [cause] }) => cause?.code).join(", ");
  },
  "verifier: an explanation of windows-1252": async () => {
    const original = message.toString().replace("Grüße", "=?windows-1252?Q?=80?=");
    const signed = createSigner(fixture().signatures).sign(original);
    const sent = Buffer.from(signed.toBytes()).toString("latin1");
    const recoded = Buffer.from(
      sent.replace("=?windows-1252?Q?=80?=", "=?utf-8?Q?=E2=82=AC?="),
      "latin1",
    );
    const { signatures } = await explain(recoded, fixture().options);
    return signatures.map(({ causes: [cause] }) => cause?.code).join(", ");
  },
  "dns-record: over HTTPS": ({ doh }) => lookUp(dohResolver({ url: doh })),
  "dns-record: over UDP": ({ dns }) => lookUp(wireResolver({ servers: [dns] })),
  "dns-record: over TCP": async ({ dns }) => {
    const resolver = wireResolver({ servers: [dns] });
    const { status, records = [] } = await resolver.resolveTxt(`long._domainkey.${domain}`);
    return `${status}, ${records.join("").length} octets`;
  },
  "dns-record: with node:dns": ({ dns }) => lookUp(nodeResolver({ servers: [dns] })),
};

/** The result of each check by its name; of one that throws, its error. `places`: the DNS servers to ask. */
export async function run(chosen, places) {
  const results = {};
  for (const [name, check] of Object.entries(chosen)) {
    try {
      results[name] = await check(places);
    } catch (error) {
      results[name] = String(error?.stack ?? error);
    }
  }
  return results;
}
