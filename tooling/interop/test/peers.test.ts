import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey, type PrivateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  keyRecordName,
  keySource,
  staticResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { splitMessage } from "@mailseal/syntax";
import { ordinaryMessages } from "@mailseal/testkit";
import { verify } from "@mailseal/verifier";
import { afterAll, describe, expect, test } from "vitest";
import { type PeerKey } from "../src/peer.ts";
import { findPeers } from "../src/peers.ts";

const directory = mkdtempSync(join(tmpdir(), "mailseal-interop-"));
const domain = "example.com";
const canonicalizations = [
  "simple/simple",
  "simple/relaxed",
  "relaxed/simple",
  "relaxed/relaxed",
] as const;

/** A peer takes mail as SMTP carries it: Unix files are converted before it sees them. */
const messages = ordinaryMessages().filter(
  ({ bytes }) => splitMessage(bytes).lineEnding === "crlf",
);

/**
 * What a peer will not read, though RFC 6376 says how: libopendkim stops at a body without a last
 * CRLF and takes a header without separator line for a message with another body; Mail::DKIM adds no
 * last CRLF (3.4.3).
 */
const unreadable: ReadonlyMap<string, readonly string[]> = new Map([
  ["libopendkim", ["no separator line", "no final line ending"]],
  ["Mail::DKIM", ["no final line ending"]],
]);

/** libopendkim 2.11 folds an Ed25519 field otherwise than it signed it: its own verifier says so too. */
function signsWrongly(peer: string, algorithm: string, canonicalization: string): boolean {
  return (
    peer === "libopendkim" &&
    algorithm === "ed25519-sha256" &&
    canonicalization.startsWith("simple/")
  );
}

const keys: ReadonlyMap<
  PeerKey["algorithm"],
  { readonly key: PrivateKey; readonly selector: string }
> = new Map([
  ["rsa-sha256", { key: generateKey({ type: "rsa", bits: 2048 }), selector: "rsa" }],
  ["ed25519-sha256", { key: generateKey({ type: "ed25519" }), selector: "ed" }],
]);
const zone = new Map(
  [...keys.values()].map(({ key, selector }) => [
    keyRecordName(selector, domain),
    formatKeyRecord(key.publicKey),
  ]),
);
const source = keySource(
  staticResolver(
    zoneFromJson(Object.fromEntries([...zone].map(([name, record]) => [name, [record]]))),
  ),
);
const choices = findPeers(directory, zone);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** PEM for all, but python3-dkim wants an Ed25519 key as the base64 of its seed. */
function keyFor(peer: string, algorithm: PeerKey["algorithm"]): PeerKey {
  const { key, selector } = keys.get(algorithm) ?? unknown(algorithm);
  const seed = peer === "python3-dkim" && algorithm === "ed25519-sha256";
  const keyFile = join(directory, `${selector}.${seed ? "seed" : "pem"}`);
  writeFileSync(keyFile, seed ? seedOf(key) : key.toPem(), { mode: 0o600 });
  return { algorithm, domain, selector, keyFile };
}

/** The last 32 octets of a PKCS#8 Ed25519 key are its seed (RFC 8410 7). */
function seedOf(key: PrivateKey): string {
  const der = Buffer.from(key.toPem().replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  return der.subarray(-32).toString("base64");
}

function unknown(algorithm: string): never {
  throw new Error(`no key for ${algorithm}`);
}

describe.each(choices)("$name", ({ name, peer, missing }) => {
  if (peer === undefined) {
    test("is installed", ({ skip }) => {
      skip(process.env["CI"] === undefined, `${name} is absent: ${missing}`);
      expect.unreachable(`${name} is absent: ${missing}`);
    });
    return;
  }
  const readable = messages.filter(
    (message) => unreadable.get(name)?.includes(message.name) !== true,
  );
  describe.each(peer.algorithms)("%s", (algorithm) => {
    describe.each(canonicalizations)("%s", (canonicalization) => {
      test.each(readable)("ours verifies there: $name", async ({ bytes }) => {
        const { key, selector } = keys.get(algorithm) ?? unknown(algorithm);
        const signer = createSigner({ domain, selector, key, canonicalization });
        expect(await peer.verify(signer.sign(bytes).toBytes())).toEqual(["pass"]);
      });

      test.each(readable)("theirs verifies here: $name", async ({ bytes }) => {
        const field = await peer.sign(bytes, canonicalization, keyFor(name, algorithm));
        const signed = Buffer.concat([field, bytes]);
        const wrong = signsWrongly(name, algorithm, canonicalization);
        expect((await peer.verify(signed)).map((result) => result === "pass")).toEqual([!wrong]);
        const { signatures } = await verify(signed, { keys: source });
        expect(signatures.map(({ code }) => code)).toEqual([wrong ? "signature-mismatch" : "pass"]);
      });
    });
  });
});
