/**
 * Key records as the world publishes them: where every peer reads one, so do we, and `record lint` says
 * what some receiver may refuse.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  keyRecordName,
  keySource,
  lintKeyRecord,
  staticResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { verify } from "@mailseal/verifier";
import { afterAll, expect, test } from "vitest";
import { findPeers } from "../src/peers.ts";

const directory = mkdtempSync(join(tmpdir(), "mailseal-key-records-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const domain = "example.com";
const key = generateKey({ type: "rsa", bits: 2048 });
const publicKey = formatKeyRecord(key.publicKey).replace(/^.*p=/, "");
const head = publicKey.slice(0, 100);
const tail = publicKey.slice(100);

/** White space by RFC 6376's ABNF: a peer that refuses it errs, and there is nothing to advise. */
const lawfulBlanks = ["\t", "\r\n\t"];
const blanks = ["\n", "\r", "\r\n", "\v", "\f", "\n\n", "\0", "\u00a0"];
const withBlank = (blank: string): readonly string[] => [
  `${blank}v=DKIM1; k=rsa; p=${publicKey}`,
  `v=${blank}DKIM1; k=rsa; p=${publicKey}`,
  `v=DKIM1${blank}; k=rsa; p=${publicKey}`,
  `v=DKIM1;${blank}k=rsa;${blank}p=${publicKey}`,
  `v=DKIM1; k${blank}=rsa; p=${publicKey}`,
  `v=DKIM1; k=${blank}rsa; p=${blank}${publicKey}`,
  `v=DKIM1; k=rsa; t=s${blank}:${blank}y; p=${publicKey};`,
  `v=DKIM1; k=rsa; p=${head}${blank}${tail}`,
  `v=DKIM1; k=rsa; p=${publicKey}${blank}`,
  `v=DKIM1; k=rsa; p=${publicKey};${blank}`,
];
const marks = ['"', '\\"', '" "', '"\n"', "\\"].flatMap((mark) => [
  `v=DKIM1; k=rsa; p=${mark}${publicKey}`,
  `v=DKIM1; k=rsa; p=${head}${mark}${tail}`,
  `v=DKIM1; k=rsa; p=${publicKey}${mark}`,
  `v=DKIM1; k=rsa${mark}; p=${publicKey}`,
]);
const lawful = [`v=DKIM1; k=rsa; p=${publicKey}`, ...lawfulBlanks.flatMap(withBlank)];
const records = [...lawful, ...blanks.flatMap(withBlank), ...marks];

const zone = new Map(
  records.map((record, index) => [keyRecordName(`s${index}`, domain), record] as const),
);
const keys = keySource(
  staticResolver(
    zoneFromJson(Object.fromEntries(Array.from(zone, ([name, record]) => [name, [record]]))),
  ),
);
const message = Buffer.from(
  `From: ada@${domain}\r\nSubject: s\r\nDate: Fri, 27 Nov 2026 03:00:00 +0000\r\n\r\nx\r\n`,
);

/** One message with a signature for each record of a batch: peers are started once for each. */
function signedFor(selectors: readonly string[]): Uint8Array {
  const fields = selectors.map((selector) => {
    const signed = createSigner({ domain, selector, key }).sign(message).toBytes();
    return signed.subarray(0, signed.length - message.length);
  });
  return Buffer.concat([...fields, message]);
}

const batchSize = 10;
const batches = Array.from({ length: Math.ceil(records.length / batchSize) }, (_, at) =>
  records.slice(at * batchSize, (at + 1) * batchSize).map((record, index) => ({
    record,
    selector: `s${at * batchSize + index}`,
  })),
);
const peers = findPeers(directory, zone).flatMap(({ peer }) => (peer === undefined ? [] : [peer]));

test.each(batches)("what every peer verifies, we verify: from $record", async (...batch) => {
  const signed = signedFor(batch.map(({ selector }) => selector));
  const ours = (await verify(signed, { keys })).signatures.map(({ result }) => result === "pass");
  const theirs = await Promise.all(peers.map((peer) => peer.verify(signed)));
  for (const [index, { record }] of batch.entries()) {
    const shown = `${JSON.stringify(record)}: ${theirs.map((it) => it[index]).join(", ")}`;
    if (theirs.every((it) => it[index] === "pass")) {
      expect(ours[index], shown).toBe(true);
    }
    const odd = !lawful.includes(record);
    if (odd && ours[index] === true && theirs.some((it) => it[index] !== "pass")) {
      expect(
        lintKeyRecord(record).map(({ level }) => level),
        shown,
      ).toContain("warning");
    }
  }
});

test("a record that no mark or line break is in needs no advice", () => {
  expect(lintKeyRecord(records[0] ?? "")).toEqual([]);
});
