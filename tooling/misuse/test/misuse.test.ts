import { createPublicKey } from "node:crypto";
import { generateKey, generateKeyAsync, loadPrivateKey, PrivateKey } from "@mailseal/crypto";
import { nodeMailResolver, openMailHost, openSession } from "@mailseal/delivery";
import {
  cachedResolver,
  dohResolver,
  formatKeyRecord,
  keyRecordName,
  keySource,
  staticResolver,
  type TxtResolver,
} from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import { mailseal } from "@mailseal/nodemailer";
import { openNatsQueue } from "@mailseal/queue/nats";
import { environmentOf, publisherOf } from "@mailseal/rotation";
import { createSigner, signMessage } from "@mailseal/signer";
import type { Message } from "@mailseal/syntax";
import { Verification, verify } from "@mailseal/verifier";
import { createTransport } from "nodemailer";
import { describe, expect, test } from "vitest";

const message = Buffer.from("From: Ada <ada@example.com>\r\nSubject: plan\r\n\r\nhello\r\n");
const key = generateKey({ type: "ed25519" });
const record = formatKeyRecord(key.publicKey);
const resolver = staticResolver(new Map([["mail2026._domainkey.example.com", [record]]]));
const keys = keySource(resolver);
const signature = { domain: "example.com", selector: "mail2026", key };
const pem = key.toPem();
const nextHop = {
  host: "127.0.0.1",
  port: 25,
  tls: "never",
  verifyCertificate: false,
  connections: 1,
  messagesPerConnection: 1,
  connectTimeout: 1000,
  commandTimeout: 1000,
};
const setup = {
  keyDirectory: "/etc/mailseal/keys",
  publish: { method: "zone" },
  resolvers: ["system"],
  activate: { method: "file" },
};
const tools = { openTable: () => Promise.reject(new Error("no table")) };

/** What JavaScript passes, which the types do not allow. */
function untyped<Parameters extends readonly never[], Result>(
  call: (...parameters: Parameters) => Result,
): (...parameters: readonly unknown[]) => Result {
  return call as unknown as (...parameters: readonly unknown[]) => Result;
}

const js = {
  cachedResolver: untyped(cachedResolver),
  createSigner: createSigner as unknown as (
    ...parameters: readonly unknown[]
  ) => ReturnType<typeof createSigner>,
  dohResolver: untyped(dohResolver),
  environmentOf: untyped(environmentOf),
  publisherOf: untyped(publisherOf),
  generateKey: untyped(generateKey),
  generateKeyAsync: untyped(generateKeyAsync),
  keyRecordName: untyped(keyRecordName),
  keySource: keySource as unknown as (
    ...parameters: readonly unknown[]
  ) => ReturnType<typeof keySource>,
  loadPrivateKey: untyped(loadPrivateKey),
  openMailHost: untyped(openMailHost),
  openNatsQueue: untyped(openNatsQueue),
  openSession: untyped(openSession),
  signMessage: untyped(signMessage),
  verify: untyped(verify),
};

async function finished(): Promise<Verification> {
  const verification = new Verification({ keys });
  verification.write(message);
  await verification.finish();
  return verification;
}

interface Misuse {
  readonly misuse: string;
  readonly call: () => unknown;
  readonly code: string;
  readonly message: string;
}

const table: readonly Misuse[] = [
  {
    misuse: 'verify(m, {keys, clockSkewSeconds: "300"})',
    call: () => js.verify(message, { keys, clockSkewSeconds: "300" }),
    code: "bad-option",
    message:
      'clockSkewSeconds: expected a number of seconds from 0, got "300"; convert it with Number()',
  },
  {
    misuse: "verify(m, {keys, minRsaBits: 2048})",
    call: () => js.verify(message, { keys, minRsaBits: 2048 }),
    code: "bad-option",
    message: 'minRsaBits: unknown option; did you mean "minimumRsaBits"?',
  },
  {
    misuse: "verify(m, {keys, minimumRsaBits: 0})",
    call: () => js.verify(message, { keys, minimumRsaBits: 0 }),
    code: "bad-option",
    message: "minimumRsaBits: expected a whole number of bits from 512, got 0",
  },
  {
    misuse: "verify(m, {keys, now: Date.now()})",
    call: () => js.verify(message, { keys, now: 1_764_255_600_000 }),
    code: "bad-option",
    message: "now: expected a number of Unix seconds from 0 to 999999999999, got 1764255600000",
  },
  {
    misuse: 'verify(m, {keys, allowAlgorithms: ["rsa_sha1"]})',
    call: () => js.verify(message, { keys, allowAlgorithms: ["rsa_sha1"] }),
    code: "bad-option",
    message:
      'allowAlgorithms[0]: expected one of "rsa-sha256", "ed25519-sha256", "rsa-sha1", got "rsa_sha1"; did you mean "rsa-sha1"?',
  },
  {
    misuse: "verify(m, {})",
    call: () => js.verify(message, {}),
    code: "bad-option",
    message:
      "keys: expected a KeySource or TxtResolver, such as keySource(nodeResolver()), got nothing: this option is required",
  },
  {
    misuse: "verify(m)",
    call: () => js.verify(message),
    code: "bad-option",
    message: "options: expected an object of options, got nothing",
  },
  {
    misuse: "verify(m, {keys: async fn})",
    call: () => js.verify(message, { keys: async () => [record] }),
    code: "bad-option",
    message:
      "keys: expected a KeySource or TxtResolver, such as keySource(nodeResolver()), got a function",
  },
  {
    misuse: "verify(m, keySource(...))",
    call: () => js.verify(message, keys),
    code: "bad-option",
    message: "find: unknown option",
  },
  {
    misuse: "verify of nothing",
    call: () => js.verify(undefined, { keys }),
    code: "bad-option",
    message:
      "message: expected bytes (a Uint8Array), text, or a message that splitMessage has split, got nothing",
  },
  {
    misuse: "keySource(async fn)",
    call: () => js.keySource(async () => [record]),
    code: "invalid-option",
    message: "resolver: expected a resolver, an object with the method resolveTxt, got a function",
  },
  {
    misuse: "cachedResolver({})",
    call: () => js.cachedResolver({}),
    code: "invalid-option",
    message: "resolver: expected a resolver, an object with the method resolveTxt, got an object",
  },
  {
    misuse: "a resolver that answers as dns.resolveTxt does",
    call: () => {
      const bare = { resolveTxt: async () => [[record]] } as unknown as TxtResolver;
      return verify(signMessage(message, signature), { keys: bare });
    },
    code: "invalid-option",
    message:
      'resolver: expected resolveTxt to answer { status: "found", records: [...] } or with another status of TxtAnswer, got a list',
  },
  {
    misuse: "Verification.write() after finish()",
    call: async () => (await finished()).write(message),
    code: "verification-finished",
    message: "this verification has ended: make a new one for each message with new Verification()",
  },
  {
    misuse: "Verification.finish() after finish()",
    call: async () => (await finished()).finish(),
    code: "verification-finished",
    message: "this verification has ended: make a new one for each message with new Verification()",
  },
  {
    misuse: 'generateKey("rsa")',
    call: () => js.generateKey("rsa"),
    code: "bad-option",
    message: 'options: expected an object of options, got "rsa"',
  },
  {
    misuse: 'generateKeyAsync("rsa")',
    call: () => js.generateKeyAsync("rsa"),
    code: "bad-option",
    message: 'options: expected an object of options, got "rsa"',
  },
  {
    misuse: 'generateKey({type: "RSA"})',
    call: () => js.generateKey({ type: "RSA" }),
    code: "bad-option",
    message: 'type: expected one of "rsa", "ed25519", got "RSA"; did you mean "rsa"?',
  },
  {
    misuse: 'generateKey({type: "rsa", bits: "2048"})',
    call: () => js.generateKey({ type: "rsa", bits: "2048" }),
    code: "key-size",
    message:
      'bits: expected an RSA key size from 512 to 8192 bits, a multiple of 8, got "2048"; convert it with Number()',
  },
  {
    misuse: 'generateKey({type: "ed25519", bits: 2048})',
    call: () => js.generateKey({ type: "ed25519", bits: 2048 }),
    code: "bad-option",
    message:
      "bits: expected none for a key of type ed25519, which has one size, got 2048; leave it out",
  },
  {
    misuse: "loadPrivateKey(undefined), as of an environment variable that is not set",
    call: () => js.loadPrivateKey(undefined),
    code: "key-unreadable",
    message:
      "input: expected a private key as PEM, DER, base64, 32-octet seed or KeyObject, got nothing",
  },
  {
    misuse: "loadPrivateKey(a JWK)",
    call: () => js.loadPrivateKey(key.toKeyObject().export({ format: "jwk" })),
    code: "key-unreadable",
    message: 'got a JWK; convert it: createPrivateKey({ key, format: "jwk" }), of node:crypto',
  },
  {
    misuse: "loadPrivateKey(an ArrayBuffer)",
    call: () => js.loadPrivateKey(new TextEncoder().encode(pem).buffer),
    code: "key-unreadable",
    message: "got an ArrayBuffer; give its bytes: new Uint8Array(key)",
  },
  {
    misuse: "loadPrivateKey(new String(pem))",
    // oxlint-disable-next-line no-new-wrappers
    call: () => js.loadPrivateKey(new String(pem)),
    code: "key-unreadable",
    message: "got an instance of String; give its text: String(key)",
  },
  {
    misuse: "loadPrivateKey(a CryptoKey)",
    call: async () => {
      const made = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
      return js.loadPrivateKey("privateKey" in made ? made.privateKey : made);
    },
    code: "key-unreadable",
    message: "got a CryptoKey; convert it: KeyObject.from(key), of node:crypto",
  },
  {
    misuse: "createSigner({..., key: a JWK})",
    call: () => js.createSigner({ ...signature, key: key.toKeyObject().export({ format: "jwk" }) }),
    code: "key-unreadable",
    message:
      "key: expected a private key as PEM, DER, base64, 32-octet seed or KeyObject, got a JWK",
  },
  {
    misuse: "createSigner(..., {now: Date.now})",
    call: () => js.createSigner(signature, { now: () => 1_764_255_600_000 }).sign(message),
    code: "bad-option",
    message:
      "now(): expected a whole number of Unix seconds from 0 to 999999999999, got 1764255600000; return Math.floor(Date.now() / 1000)",
  },
  {
    misuse: "createSigner(..., {now: () => NaN})",
    call: () => js.createSigner(signature, { now: () => NaN }).sign(message),
    code: "bad-option",
    message:
      "now(): expected a whole number of Unix seconds from 0 to 999999999999, got NaN; return Math.floor(Date.now() / 1000)",
  },
  {
    misuse: "keySource(..., {now: () => NaN})",
    call: () => js.keySource(resolver, { now: () => NaN }).find("mail2026", "example.com"),
    code: "invalid-option",
    message: "now(): expected a number of milliseconds from 0, got NaN",
  },
  {
    misuse: "verify({fields})",
    call: () => js.verify({ fields: [] }, { keys }),
    code: "bad-option",
    message:
      "message: expected bytes (a Uint8Array), text, or a message that splitMessage has split, got an object",
  },
  {
    misuse: "new Verification(..., a header that is none)",
    call: () => new Verification({ keys }, { fields: [] } as unknown as Message),
    code: "bad-option",
    message: "header: expected a message that splitMessage has split, got an object",
  },
  {
    misuse: "nodemailer: temporaryDirectory that does not exist",
    call: () =>
      createTransport({ streamTransport: true, buffer: true })
        .use(
          "stream",
          mailseal(signature, { temporaryDirectory: "/nowhere/at/all", maxMemoryBytes: 0 }),
        )
        .sendMail({ from: "ada@example.com", to: "bob@example.net", text: "hello" }),
    code: "bad-option",
    message:
      'temporaryDirectory: expected a directory that this program can write to, got "/nowhere/at/all" (ENOENT: there is no such directory); create it, or leave the option out to use that of the system',
  },
  {
    misuse: 'openSession({..., port: "25"})',
    call: () => js.openSession({ ...nextHop, port: "25" }, "us.example.com"),
    code: "bad-option",
    message:
      'nextHop.port: expected a whole number from 1 to 65535, got "25"; convert it with Number()',
  },
  {
    misuse: 'openSession({..., tls: "always"})',
    call: () => js.openSession({ ...nextHop, tls: "always" }, "us.example.com"),
    code: "bad-option",
    message:
      'nextHop.tls: expected one of "never", "opportunistic", "required", "implicit", got "always"',
  },
  {
    misuse: "openSession of the config's text for a next hop, without its defaults",
    call: () => js.openSession({ host: "127.0.0.1" }, "us.example.com"),
    code: "bad-option",
    message:
      "nextHop.port: expected a whole number from 1 to 65535, got nothing: this option is required",
  },
  {
    misuse: "openMailHost(..., {connection: {verifyCertificates}})",
    call: () => {
      const { host: _host, ...connection } = nextHop;
      const options = {
        resolver: nodeMailResolver({ timeoutMs: 1 }),
        family: "any",
        addressLiterals: false,
        hostname: "us.example.com",
        random: Math.random,
        connection: { ...connection, verifyCertificates: true },
      };
      return js.openMailHost("example.net", options);
    },
    code: "bad-option",
    message: 'connection.verifyCertificates: unknown option; did you mean "verifyCertificate"?',
  },
  {
    misuse: "openNatsQueue({connection: {server}})",
    call: () => js.openNatsQueue({ connection: { server: "nats://127.0.0.1:4222" } }),
    code: "bad-option",
    message: 'connection.server: unknown option; did you mean "servers"?',
  },
  {
    misuse: "openNatsQueue({connection: {servers: 4222}})",
    call: () => js.openNatsQueue({ connection: { servers: 4222 } }),
    code: "bad-option",
    message:
      "connection.servers: expected text or a list of server addresses with an entry, got 4222",
  },
  {
    misuse: "openNatsQueue({connection: {pass: a number}})",
    call: () => js.openNatsQueue({ connection: { user: "mailseal", pass: 12_345_678 } }),
    code: "bad-option",
    message: "connection.pass: expected text, got a value (not shown: it may be secret)",
  },
  {
    misuse: "environmentOf({..., publish: {method: 'updates'}})",
    call: () => js.environmentOf({ ...setup, publish: { method: "updates" } }, tools),
    code: "bad-option",
    message:
      'setup.publish.method: expected one of "zone", "update", "powerdns", "command", got "updates"; did you mean "update"?',
  },
  {
    misuse: "environmentOf({..., publish: an update without its key})",
    call: () =>
      js.environmentOf({ ...setup, publish: { method: "update", server: "192.0.2.1" } }, tools),
    code: "bad-option",
    message: "setup.publish.tsigKeyFile: expected text, got nothing: this option is required",
  },
  {
    misuse: "publisherOf(an update without its server)",
    call: () => js.publisherOf({ method: "update", tsigKeyFile: "/etc/update.key" }),
    code: "bad-option",
    message: "publish.server: expected text, got nothing: this option is required",
  },
  {
    misuse: "environmentOf({..., resolvers: one address})",
    call: () => js.environmentOf({ ...setup, resolvers: "192.0.2.53" }, tools),
    code: "bad-option",
    message: 'setup.resolvers: expected a list of addresses of DNS servers, got "192.0.2.53"',
  },
  {
    misuse: "createSigner({..., canonicalisation})",
    call: () => js.createSigner({ ...signature, canonicalisation: "simple/simple" }),
    code: "bad-option",
    message: 'canonicalisation: unknown option; did you mean "canonicalization"?',
  },
  {
    misuse: "createSigner({..., expiresAfterSeconds})",
    call: () => js.createSigner({ ...signature, expiresAfterSeconds: 3600 }),
    code: "bad-option",
    message: 'expiresAfterSeconds: unknown option; did you mean "expireAfterSeconds"?',
  },
  {
    misuse: "createSigner({..., minRsaBits})",
    call: () => js.createSigner({ ...signature, minRsaBits: 1024 }),
    code: "bad-option",
    message: 'minRsaBits: unknown option; did you mean "minimumRsaBits"?',
  },
  {
    misuse: 'createSigner({..., expireAfterSeconds: "3600"})',
    call: () => js.createSigner({ ...signature, expireAfterSeconds: "3600" }),
    code: "bad-expiration",
    message:
      'expireAfterSeconds: expected a whole number of seconds from 1 to 999999999999, got "3600"; convert it with Number()',
  },
  {
    misuse: "createSigner without a selector",
    call: () => js.createSigner({ domain: "example.com", key }),
    code: "bad-selector",
    message: "selector: expected text, got nothing: this option is required",
  },
  {
    misuse: "createSigner without a key, as of an environment variable that is not set",
    call: () => js.createSigner({ ...signature, key: undefined }),
    code: "bad-option",
    message:
      "key: expected text or bytes of a private key, a KeyObject or a PrivateKey, got nothing: this option is required",
  },
  {
    misuse: "createSigner({..., key: a public key as PEM})",
    call: () =>
      js.createSigner({
        ...signature,
        key: createPublicKey(key.toKeyObject()).export({ type: "spki", format: "pem" }),
      }),
    code: "key-unreadable",
    message: "key: expected a private key, got ",
  },
  {
    misuse: "createSigner({..., key: a promise})",
    call: () => js.createSigner({ ...signature, key: Promise.resolve(pem) }),
    code: "bad-option",
    message:
      "key: expected text or bytes of a private key, a KeyObject or a PrivateKey, got an instance of Promise; await it first",
  },
  {
    misuse: "createSigner({..., key: the options of another library})",
    call: () => js.createSigner({ ...signature, key: { privateKey: pem } }),
    code: "bad-option",
    message: "key: expected a PrivateKey that was made by @mailseal/crypto, got an object",
  },
  {
    misuse: 'createSigner({..., selector: "s._domainkey.example.com"})',
    call: () => js.createSigner({ ...signature, selector: "s._domainkey.example.com" }),
    code: "bad-selector",
    message:
      'selector: expected the part before ._domainkey, got "s._domainkey.example.com"; did you mean "s"?',
  },
  {
    misuse: "createSigner({..., selector: a private key})",
    call: () => js.createSigner({ ...signature, selector: pem }),
    code: "bad-selector",
    message:
      "selector: expected letters, digits, hyphens and dots such as mail2026, got a value (not shown: it may be secret)",
  },
  {
    misuse: "createSigner([..., one of several that is wrong])",
    call: () => js.createSigner([signature, { ...signature, headers: ["From", 7] }]),
    code: "bad-option",
    message: "signatures[1].headers[1]: expected text, got 7",
  },
  {
    misuse: "createSigner(..., {lineEnding})",
    call: () => js.createSigner(signature, { lineEnding: "fix" }),
    code: "bad-option",
    message: 'lineEnding: unknown option; did you mean "lineEndings"?',
  },
  {
    misuse: "signer.sign of nothing",
    call: () => untyped(createSigner(signature).sign)(undefined),
    code: "bad-option",
    message:
      "message: expected bytes (a Uint8Array), text, or a message that splitMessage has split, got nothing",
  },
  {
    misuse: 'dohResolver({url: "http://..."})',
    call: () => js.dohResolver({ url: "http://dns.example/dns-query" }),
    code: "bad-url",
    message:
      'url: expected an https: URL such as https://dns.example/dns-query, got "http://dns.example/dns-query"',
  },
  {
    misuse: 'keyRecordName("s._domainkey.example.com", ...)',
    call: () => js.keyRecordName("s._domainkey.example.com", "example.com"),
    code: "bad-selector",
    message:
      'selector: expected the part before ._domainkey, got "s._domainkey.example.com"; did you mean "s"?',
  },
];

async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

describe("each misuse is refused, and the message says what was expected and what arrived", () => {
  test.each(table)("$misuse", async ({ call, code, message: expected }) => {
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(MailsealError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(expected) });
    expect((error as Error).message).not.toContain(pem.slice(30, 60));
  });
});

test("what is right is accepted", async () => {
  expect(key).toBeInstanceOf(PrivateKey);
  const { signatures } = await verify(signMessage(message, signature), {
    keys,
    clockSkewSeconds: 300,
    minimumRsaBits: 2048,
  });
  expect(signatures).toMatchObject([{ result: "pass" }]);
});
