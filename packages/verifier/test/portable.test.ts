import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, staticResolver, type Zone, zoneFromJson } from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { corpusPath, readManifest } from "@mailseal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explain } from "../src/explain.ts";
import { verify, type VerifyOptions } from "../src/index.ts";

const built = join(import.meta.dirname, "..", "dist", "portable.js");
/** The module that browsers load: built, because the build replaces Node's modules. */
const portable = (await import(pathToFileURL(built).href)) as typeof import("../src/portable.ts");
const corpus = corpusPath();

const keys = {
  rsa: generateKey({ type: "rsa" }),
  short: generateKey({ type: "rsa", bits: 1024 }),
  odd: generateKey({ type: "rsa", bits: 2040 }),
  ed25519: generateKey({ type: "ed25519" }),
};
const domain = "bücher.example";
const records = zoneFromJson(
  Object.fromEntries(
    Object.entries(keys).map(([selector, key]) => [
      `${selector}._domainkey.xn--bcher-kva.example`,
      [formatKeyRecord(key.publicKey)],
    ]),
  ),
);
const signed = Buffer.from(
  createSigner(
    Object.entries(keys).map(([selector, key]) => ({
      domain,
      selector,
      key,
      minimumRsaBits: 1024,
    })),
  )
    .sign(Buffer.from("From: Ada <ada@bücher.example>\r\nSubject: Grüße\r\n\r\nAt noon?\r\n"))
    .toBytes(),
);

/** Both verdicts on a message, of Node's modules and of the portable module; its keys are read by each. */
async function bothVerdicts(
  message: Uint8Array,
  zone: Zone,
  options: Partial<VerifyOptions> = {},
): Promise<readonly [unknown, unknown]> {
  return Promise.all([
    verify(message, { ...options, keys: staticResolver(zone) }),
    portable.verify(message, { ...options, keys: portable.staticResolver(zone.entries) }),
  ]);
}

test("it imports none of Node's modules", () => {
  const text = readFileSync(built, "utf8");
  const imports = Array.from(
    text.matchAll(/^(?:import|export)\b[^\n]*?(?:\bfrom )?"([^"\n]+)";$/gm),
    ([, it]) => it,
  );
  expect(imports).toEqual(["tldts"]);
  expect(text).not.toMatch(/\b(?:import|require)\(\s*"/);
});

test("it works without the globals of Node", async () => {
  const { Buffer: nodeBuffer, process: nodeProcess } = globalThis;
  const message = new Uint8Array(signed);
  try {
    Object.assign(globalThis, { Buffer: undefined, process: undefined });
    const fresh = (await import(`${pathToFileURL(built).href}?fresh`)) as typeof portable;
    const { signatures } = await fresh.verify(message, {
      keys: fresh.staticResolver(records.entries),
    });
    Object.assign(globalThis, { Buffer: nodeBuffer, process: nodeProcess });
    expect(signatures.map(({ code }) => code)).toEqual(["pass", "pass", "pass", "pass"]);
  } finally {
    Object.assign(globalThis, { Buffer: nodeBuffer, process: nodeProcess });
  }
});

describe("the same verdicts as with Node's modules", () => {
  test("on keys of every type", async () => {
    const [ours, theirs] = await bothVerdicts(signed, records);
    expect(theirs).toEqual(ours);
    expect(ours).toMatchObject({ signatures: Array.from({ length: 4 }, () => ({ code: "pass" })) });
  });

  test("on any changed octet", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: signed.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        async (at, octet) => {
          const changed = Buffer.from(signed);
          changed[at] = octet;
          const [ours, theirs] = await bothVerdicts(changed, records);
          expect(theirs).toEqual(ours);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("in an explanation", async () => {
    const changed = Buffer.from(signed.toString("latin1").replace("noon", "nine"), "latin1");
    const clock = () => 0;
    const [ours, theirs] = await Promise.all([
      explain(changed, { keys: staticResolver(records), clock }),
      portable.explain(changed, { keys: portable.staticResolver(records.entries), clock }),
    ]);
    expect(theirs).toEqual(ours);
    expect(ours.signatures[0]?.causes[0]?.code).toBe("body-edited");
  });

  const entries = corpus === undefined ? [] : readManifest("verify");
  test.skipIf(corpus === undefined).each(entries)("on the corpus: $id", async (entry) => {
    const zone = zoneFromJson({
      ...entry.dns,
      ...Object.fromEntries(
        Object.entries(entry.dns_errors ?? {}).map(([name, error]) => [
          name,
          { error: error.toLowerCase() },
        ]),
      ),
    });
    const message = readFileSync(join(corpus ?? "", entry.signed_path ?? entry.message_path));
    const [ours, theirs] = await bothVerdicts(message, zone, {
      ...(entry.time === undefined ? {} : { now: entry.time }),
      allowAlgorithms: ["rsa-sha1"],
      minimumRsaBits: 512,
    });
    expect(theirs).toEqual(ours);
  });
});
