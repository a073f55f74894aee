import { execFileSync } from "node:child_process";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { corpusPath } from "@mailseal/testkit";
import { temporaryDirectory } from "@mailseal/testkit/files";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateKey, KeyError, loadPrivateKey, type LoadOptions } from "../../src/index.ts";
import { noSecretOf } from "./expect-no-secret.ts";

const rsa = generateKey({ type: "rsa", bits: 1024 });
const ed = generateKey({ type: "ed25519" });
const rsaObject = createPrivateKey(rsa.toPem());
const edObject = createPrivateKey(ed.toPem());
const passphrase = "correct horse";
const pkcs8 = rsaObject.export({ type: "pkcs8", format: "der" });
const pkcs1 = rsaObject.export({ type: "pkcs1", format: "der" });
const edDer = edObject.export({ type: "pkcs8", format: "der" });
const seed = edDer.subarray(-32);
const pkcs1Pem = rsaObject.export({ type: "pkcs1", format: "pem" }).toString();

function openssl(args: readonly string[], input: string | Uint8Array): Buffer {
  return execFileSync("openssl", args, { input, stdio: ["pipe", "pipe", "ignore"] });
}

const legacyEncrypted = openssl(
  ["rsa", "-traditional", "-aes128", "-passout", `pass:${passphrase}`],
  rsa.toPem(),
).toString();

const encryptedDer = openssl(
  ["pkcs8", "-topk8", "-outform", "DER", "-passout", `pass:${passphrase}`],
  rsa.toPem(),
);
const ecPem = openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"], "").toString();
const publicPem = createPublicKey(rsaObject).export({ type: "spki", format: "pem" }).toString();
const keyFile = join(temporaryDirectory("file"), "rsa.key");
writeFileSync(keyFile, rsa.toPem(), { mode: 0o600 });
const requestArgs = ["req", "-new", "-key", keyFile, "-subj", "/CN=mail"];
const certificate = openssl([...requestArgs, "-x509"], "").toString();
const keyPair = Buffer.concat([seed, ed.publicKey.toRecordBytes()]);

/** A PEM whose line breaks have become something else. */
function oneLine(pem: string, separator: string): string {
  return pem.trimEnd().replaceAll("\n", separator);
}

describe("every form of a key", () => {
  const forms: readonly (readonly [string, string | Uint8Array, LoadOptions, typeof rsa])[] = [
    ["PEM, PKCS#8", rsa.toPem(), {}, rsa],
    ["PEM, PKCS#1", pkcs1Pem, {}, rsa],
    ["PEM as bytes", Buffer.from(rsa.toPem()), {}, rsa],
    ["PEM with CRLF", rsa.toPem().replaceAll("\n", "\r\n"), {}, rsa],
    ["PEM with CR", rsa.toPem().replaceAll("\n", "\r"), {}, rsa],
    ["PEM after text", `Bag Attributes\n  name: mail\n\n${rsa.toPem()}`, {}, rsa],
    ["PEM without last line end", pkcs1Pem.trimEnd(), {}, rsa],
    ["PEM, PKCS#8, encrypted", rsa.toPem({ passphrase }), { passphrase }, rsa],
    ["PEM, PKCS#1, encrypted the old way", legacyEncrypted, { passphrase }, rsa],
    ["DER, PKCS#8", pkcs8, {}, rsa],
    ["DER, PKCS#1", pkcs1, {}, rsa],
    ["base64 of PKCS#8 (keybuf)", pkcs8.toString("base64"), {}, rsa],
    ["base64 of PKCS#1 (keybuf)", pkcs1.toString("base64"), {}, rsa],
    ["base64 in lines", pkcs1.toString("base64").replaceAll(/.{64}/g, "$&\r\n"), {}, rsa],
    ["base64 as bytes", Buffer.from(pkcs1.toString("base64")), {}, rsa],
    ["Ed25519 PEM", ed.toPem(), {}, ed],
    ["Ed25519 PEM, encrypted", ed.toPem({ passphrase }), { passphrase }, ed],
    ["Ed25519 DER", edDer, {}, ed],
    ["Ed25519 seed", seed, {}, ed],
    ["Ed25519 seed in base64", seed.toString("base64"), {}, ed],
    ["the type asked for", ed.toPem(), { type: "ed25519" }, ed],
    ["PEM with literal \\n, as in an environment variable", oneLine(rsa.toPem(), "\\n"), {}, rsa],
    ["PEM with literal \\r\\n", oneLine(pkcs1Pem, "\\r\\n"), {}, rsa],
    ["PEM with literal \\n, escaped twice", oneLine(rsa.toPem(), "\\\\n"), {}, rsa],
    ["a seed in base64 with a literal \\n", `${seed.toString("base64")}\\n`, {}, ed],
    ["a PEM in base64 in quotes", `"${Buffer.from(rsa.toPem()).toString("base64")}"`, {}, rsa],
    ["PEM with spaces for line breaks", oneLine(rsa.toPem(), " "), {}, rsa],
    ["PEM in quotation marks", `"${oneLine(ed.toPem(), "\\n")}"`, {}, ed],
    ["PEM with indentation", rsa.toPem().replaceAll("\n", "\n    "), {}, rsa],
    ["PEM with literal \\n, encrypted", oneLine(legacyEncrypted, "\\n"), { passphrase }, rsa],
    ["PEM after the public key", `${publicPem}${rsa.toPem()}`, {}, rsa],
    ["PEM after a certificate", `${certificate}${pkcs1Pem}`, {}, rsa],
    ["PEM before a certificate", `${rsa.toPem()}${certificate}`, {}, rsa],
    ["PEM after a key of type EC", `${ecPem}${ed.toPem()}`, {}, ed],
    ["base64 of PEM", Buffer.from(rsa.toPem()).toString("base64"), {}, rsa],
    ["base64url of DER", pkcs1.toString("base64url"), {}, rsa],
    ["DER, PKCS#8, encrypted", encryptedDer, { passphrase }, rsa],
    ["Ed25519 seed in base64url", seed.toString("base64url"), {}, ed],
    ["Ed25519 seed and public key (rspamd)", keyPair, {}, ed],
    ["Ed25519 seed and public key in base64 (rspamd)", keyPair.toString("base64"), {}, ed],
    ["Ed25519 seed and public key in base64url", keyPair.toString("base64url"), {}, ed],
  ];
  test.each(forms)("%s", (_, input, options, expected) => {
    const key = loadPrivateKey(input, options);
    expect(key.publicKey.equals(expected.publicKey)).toBe(true);
    expect([key.type, key.bits]).toEqual([expected.type, expected.bits]);
  });

  test("KeyObject", () => {
    expect(loadPrivateKey(rsaObject).publicKey.equals(rsa.publicKey)).toBe(true);
  });

  test.each([512, 768, 1024, 3072])("RSA of %i bits", (bits) => {
    expect(loadPrivateKey(generateKey({ type: "rsa", bits }).toPem()).bits).toBe(bits);
  });
});

describe("keys that are refused, and their error codes", () => {
  const ec = openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"], "");
  const ecPkcs8 = openssl(["pkcs8", "-topk8", "-nocrypt"], ec);
  const x25519 = openssl(["genpkey", "-algorithm", "x25519"], "");
  const pss = openssl(["genpkey", "-algorithm", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:1024"], "");
  const publicObject = createPublicKey(rsaObject);
  const ecWithParameters = openssl(["ecparam", "-name", "prime256v1", "-genkey"], "");
  const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
  const opensshPem =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n";
  const pkcs12 = openssl(
    ["pkcs12", "-export", "-nocerts", "-inkey", keyFile, "-passout", "pass:a"],
    "",
  );
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const twoHalves = Buffer.concat([
    seed,
    generateKey({ type: "ed25519" }).publicKey.toRecordBytes(),
  ]);
  const cases: readonly (readonly [string, string | Uint8Array, LoadOptions, string])[] = [
    ["nothing", "", {}, "key-unreadable"],
    ["words", "this is no key", {}, "key-unreadable"],
    ["a public key", publicPem, {}, "key-unreadable"],
    ["a public key in DER", rsa.publicKey.toSpki(), {}, "key-unreadable"],
    [
      "a certificate",
      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
      {},
      "key-unreadable",
    ],
    ["an EC key", ec, {}, "key-type"],
    ["an EC key in PKCS#8", ecPkcs8, {}, "key-type"],
    ["an X25519 key", x25519, {}, "key-type"],
    ["an RSA-PSS key", pss, {}, "key-type"],
    ["another type than asked for", rsa.toPem(), { type: "ed25519" }, "key-type"],
    ["encrypted, no passphrase", rsa.toPem({ passphrase }), {}, "key-encrypted"],
    ["encrypted the old way, no passphrase", legacyEncrypted, {}, "key-encrypted"],
    [
      "the wrong passphrase",
      rsa.toPem({ passphrase }),
      { passphrase: "wrong" },
      "passphrase-wrong",
    ],
    [
      "the wrong passphrase, the old way",
      legacyEncrypted,
      { passphrase: "wrong" },
      "passphrase-wrong",
    ],
    ["a PEM cut off", rsa.toPem().slice(0, 400), {}, "key-unreadable"],
    ["DER cut off", pkcs8.subarray(0, 300), {}, "key-unreadable"],
    ["33 octets", Buffer.alloc(33), {}, "key-unreadable"],
    ["a megabyte", Buffer.alloc(1 << 20, "A"), {}, "key-unreadable"],
  ];
  test.each(cases)("%s", (_, input, options, code) => {
    expect(() => loadPrivateKey(input, options)).toThrow(
      expect.objectContaining({ name: "KeyError", code }),
    );
  });

  const privateFile = /; give the file that holds the private key, whose first line is -----BEGIN/;
  const makeOne = /; make one with `mailseal keygen`, or with `openssl genpkey/;
  const withoutEncoding = /binary data.*; read the file without an encoding/;
  const remedies: readonly (readonly [string, string | Uint8Array | KeyObject, RegExp])[] = [
    ["nothing", "", /got an empty text; is the environment variable set/],
    ["white space", " \n", /got an empty text; is the environment variable set/],
    ["words", "this is no key", /; give the key as PEM, DER, base64, or the 32-octet seed/],
    ["encrypted PEM", rsa.toPem({ passphrase }), /is encrypted: give its passphrase/],
    ["encrypted DER", encryptedDer, /is encrypted: give its passphrase/],
    ["a public key in PEM", publicPem, privateFile],
    [
      "a public key in PEM, PKCS#1",
      publicObject.export({ type: "pkcs1", format: "pem" }),
      privateFile,
    ],
    ["a public key in DER", rsa.publicKey.toSpki(), privateFile],
    ["a public key in DER, PKCS#1", rsa.publicKey.toPkcs1(), privateFile],
    ["a public key in base64", base64(rsa.publicKey.toSpki()), privateFile],
    ["a public key of OpenSSH", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ada@host", privateFile],
    ["a public KeyObject", publicObject, /give the KeyObject that createPrivateKey returns/],
    ["a key record", "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG", privateFile],
    ["a key record in a zone", 's._domainkey IN TXT ("k=rsa; " "p=MIIBIjAN")', privateFile],
    ["a certificate", certificate, privateFile],
    [
      "a certificate in DER",
      openssl([...requestArgs, "-x509", "-outform", "DER"], ""),
      privateFile,
    ],
    ["a certificate request", openssl(requestArgs, ""), privateFile],
    ["an EC key in PEM", ecPem, makeOne],
    ["an EC key with its parameters", ecWithParameters, makeOne],
    ["an EC key after a certificate", `${certificate}${ecPem}`, makeOne],
    ["an EC key in PEM, PKCS#8", ecPkcs8, makeOne],
    ["an EC key in DER", openssl(["ec", "-outform", "DER"], ec), makeOne],
    ["an EC key in DER, PKCS#8", openssl(["pkey", "-outform", "DER"], ec), makeOne],
    ["a DSA key in PEM", dsa.privateKey.export({ type: "pkcs8", format: "pem" }), makeOne],
    ["a DSA key in DER", dsa.privateKey.export({ type: "pkcs8", format: "der" }), makeOne],
    ["an X25519 key", x25519, makeOne],
    ["an RSA-PSS key", pss, makeOne],
    ["a key of OpenSSH", opensshPem, /; convert a copy of an RSA key with `ssh-keygen -p -m PKCS8/],
    ["a key of PuTTY", "PuTTY-User-Key-File-3: ssh-rsa\r\nEncryption: none\r\n", /`puttygen FILE/],
    ["a key of PGP", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n", makeOne],
    ["a PKCS#12 file", pkcs12, /got a PKCS#12 file; extract the key with `openssl pkcs12 -in/],
    ["a PKCS#12 file in base64", base64(pkcs12), /got a PKCS#12 file; extract the key/],
    ["a JWK", JSON.stringify(rsaObject.export({ format: "jwk" })), /got JSON; load a JWK with/],
    [
      "a seed in hexadecimal",
      seed.toString("hex"),
      /; give the octets: Buffer.from\(text, 'hex'\)/,
    ],
    ["DER read as UTF-8", pkcs8.toString("utf8"), withoutEncoding],
    ["DER read as latin1", pkcs8.toString("latin1"), withoutEncoding],
    [
      "a file in UTF-16",
      Buffer.from(`\ufeff${rsa.toPem()}`, "utf16le"),
      /; save it as ASCII or UTF-8/,
    ],
    ["a path", "/etc/mail/keys/mail", /the path of a file; give its content: readFileSync/],
    ["a relative path", "keys/mail2026.pem", /the path of a file; give its content: readFileSync/],
    ["33 octets", Buffer.alloc(33), /; is the file damaged, or of another program\?/],
    [
      "seed and public key of two keys",
      twoHalves,
      /64 octets whose second half belongs to another/,
    ],
    ["a PEM without its end", rsa.toPem().slice(0, 400), /was it written to the end\?/],
    [
      "a PEM with a damaged line",
      rsa.toPem().replace(/^MII/m, "AAA"),
      /; restore it from a backup/,
    ],
    ["a large file", Buffer.alloc(1 << 20, "A"), /; give the key file alone/],
  ];
  test.each(remedies)("the refusal of %s names the remedy", (_, input, remedy) => {
    expect(() => loadPrivateKey(input)).toThrow(KeyError);
    expect(() => loadPrivateKey(input)).toThrow(remedy);
  });

  test("any bytes are refused with a KeyError and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (bytes, at) => {
        const damaged = Buffer.from(pkcs1);
        damaged.set(
          bytes.subarray(0, damaged.length),
          Math.min(at % damaged.length, damaged.length - Math.min(bytes.length, damaged.length)),
        );
        for (const input of [bytes, damaged, Buffer.from(bytes).toString("latin1")]) {
          try {
            loadPrivateKey(input);
          } catch (error) {
            expect(error).toBeInstanceOf(KeyError);
          }
        }
      }),
    );
  });
});

describe("a secret stays one", () => {
  const expectNoSecret = noSecretOf(rsa, ed);
  test("in errors", () => {
    const broken = rsa.toPem().replace("-----END", "!!!!-----END");
    for (const input of [
      broken,
      rsa.toPem({ passphrase }),
      `${seed.toString("base64")}!`,
      legacyEncrypted,
    ]) {
      try {
        loadPrivateKey(input, { passphrase: "wrong" });
        expect.unreachable();
      } catch (error) {
        expectNoSecret(inspect(error, { depth: null, showHidden: true }));
        expect(error).not.toHaveProperty("cause");
      }
    }
  });
});

describe.skipIf(corpusPath() === undefined)("the keys of the corpus", () => {
  const corpus = corpusPath() ?? "";
  const files =
    corpus === ""
      ? []
      : readdirSync(corpus, { recursive: true, encoding: "utf8" }).filter(
          (name) => name.endsWith(".pem") && !name.includes("public"),
        );
  test.each(files)("%s", (name) => {
    expect(loadPrivateKey(readFileSync(join(corpus, name))).bits).toBeGreaterThan(0);
  });
});
