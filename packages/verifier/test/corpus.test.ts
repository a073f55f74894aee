import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ByteSink,
  hashBody,
  selectSignedFields,
  writeSignedText,
} from "@mailseal/canonicalization";
import { findAlgorithm, loadPrivateKey, sign } from "@mailseal/crypto";
import { staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { type Canonicalization, parseTagList, splitMessage, toCrlf } from "@mailseal/syntax";
import {
  corpusPath,
  disputedCases,
  type ExpectedResult,
  type ParseOnlyCase,
  readManifest,
  type SignCase,
  type VerifyCase,
} from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import { verify, type VerificationReport, type VerifyOptions } from "../src/index.ts";

const corpus = corpusPath();
const disputed = new Map(disputedCases().map((dispute) => [dispute.id, dispute]));

/** The corpus's own ways to verify: as a verifier of today, and with everything legacy allowed. */
const modes = [
  { mode: "defaults", legacy: false, options: {} },
  {
    mode: "legacy allowed",
    legacy: true,
    options: { allowAlgorithms: ["rsa-sha1"], minimumRsaBits: 512 },
  },
] as const satisfies readonly { mode: string; legacy: boolean; options: Partial<VerifyOptions> }[];

type VerifiableCase = VerifyCase | SignCase | ParseOnlyCase;

function pathOf(relative: string): string {
  return join(corpus ?? "", relative);
}

async function verifyCase(
  entry: VerifiableCase,
  options: Partial<VerifyOptions>,
  path: string,
): Promise<VerificationReport> {
  const zone: [string, unknown][] = Object.entries(entry.dns);
  for (const [name, error] of Object.entries(entry.dns_errors ?? {})) {
    zone.push([name, { error: error.toLowerCase() }]);
  }
  const now = entry.time;
  return verify(readFileSync(pathOf(path)), {
    keys: staticResolver(zoneFromJson(Object.fromEntries(zone))),
    ...(now === undefined ? {} : { now }),
    ...options,
  });
}

/** For each signature the results that are an honest answer; undefined where the source asserts none. */
function expected(
  entry: VerifiableCase,
  legacy: boolean,
): readonly (readonly ExpectedResult[] | undefined)[] {
  const modern = legacy ? undefined : entry.expect_rfc8301;
  const accept = modern === undefined ? entry.accept : entry.accept_rfc8301;
  return (modern ?? entry.expect).map((result, index) => {
    const acceptable: ExpectedResult[] = [result];
    return result === null ? undefined : acceptable.concat(accept?.[index] ?? []);
  });
}

function compare(entry: VerifiableCase, report: VerificationReport, legacy: boolean): void {
  const results: ExpectedResult[] = report.signatures.map(({ result }) => result);
  const told = JSON.stringify(report.signatures.map(({ code, reason }) => ({ code, reason })));
  const dispute = disputed.get(entry.id);
  if (dispute !== undefined) {
    expect(results, `disputed by ${dispute.section}: ${told}`).toEqual(dispute.ours);
    return;
  }
  const wanted = expected(entry, legacy);
  if (entry.kind !== "parse-only" || wanted.length > 0) {
    expect(results.length, told).toBe(wanted.length);
  }
  for (const [index, acceptable] of wanted.entries()) {
    if (acceptable !== undefined) {
      expect(acceptable, `signature ${index}: ${told}`).toContain(results[index]);
    }
  }
  compareMessage(entry, results, legacy, told);
}

/** Some sources assert only what became of the message as a whole. */
function compareMessage(
  entry: VerifiableCase,
  results: readonly ExpectedResult[],
  legacy: boolean,
  told: string,
): void {
  if (entry.kind !== "verify" || entry.expect_message === undefined) {
    return;
  }
  if (entry.expect_message !== "pass") {
    expect(results, told).not.toContain("pass");
  } else if (legacy || entry.requires?.includes("rsa-sha1") !== true) {
    expect(results, told).toContain("pass");
  }
}

describe.skipIf(corpus === undefined)("corpus, in $MAILSEAL_CORPUS or ../shared/corpus", () => {
  const verifiable = readManifest().filter((entry) => entry.kind !== "sign-values");
  describe.each(modes)("verify, $mode", ({ legacy, options }) => {
    test.each(verifiable)("$id", async (entry) => {
      const path = entry.kind === "parse-only" ? undefined : entry.signed_path;
      compare(entry, await verifyCase(entry, options, path ?? entry.message_path), legacy);
    });
  });

  describe("sign: the same b= over the corpus's own header template", () => {
    test.each(readManifest("sign"))("$id", (entry) => {
      const input = readFileSync(pathOf(entry.message_path));
      const fix = entry.lib_flags?.includes("FIXCRLF") === true;
      const message = splitMessage(fix ? toCrlf(input) : asSent(input));
      const value = entry.unsigned_header_value;
      const tags = parseTagList(value);
      const tag = (name: string): string => (tags.get(name)?.value ?? "").replaceAll(/\s/g, "");
      const algorithm = findAlgorithm(tag("a"));
      if (algorithm === undefined) {
        throw new Error(`a=${tag("a")}`);
      }
      const [headerMode = "simple", bodyMode = "simple"] = tag("c").split(
        "/",
      ) as Canonicalization[];
      const length = tags.get("l");

      const body = hashBody(message.bytes.subarray(message.bodyStart), {
        canonicalization: bodyMode,
        hash: algorithm.hash,
        ...(length === undefined ? {} : { length: Number(length.value) }),
      });
      expect(Buffer.from(body.digest).toString("base64")).toBe(tag("bh"));

      const field = Buffer.from(`DKIM-Signature:${value}`, "latin1");
      const valueStart = "DKIM-Signature:".length + (tags.get("b")?.start ?? 0);
      const valueEnd = "DKIM-Signature:".length + (tags.get("b")?.end ?? 0);
      const sink = new ByteSink();
      writeSignedText(
        sink,
        message,
        selectSignedFields(message, tag("h").toLowerCase().split(":")),
        { bytes: field, start: 0, end: field.length, valueStart, valueEnd },
        headerMode,
      );
      const key = loadPrivateKey(readFileSync(pathOf(entry.key_path)));
      const made = Buffer.from(sign(algorithm.name, key, sink.bytes())).toString("base64");
      expect(made).toBe(entry.expected_b.replaceAll(/\s/g, ""));
    });
  });

  describe("sign-values: the body hash asserted", () => {
    test.each(readManifest("sign-values"))("$id", (entry) => {
      const message = splitMessage(asSent(readFileSync(pathOf(entry.message_path))));
      const body = message.bytes.subarray(message.bodyStart);
      const digests = (["sha1", "sha256"] as const).flatMap((algorithm) =>
        (["simple", "relaxed"] as const).map((canonicalization) =>
          Buffer.from(hashBody(body, { canonicalization, hash: algorithm }).digest).toString(
            "base64",
          ),
        ),
      );
      expect(digests).toContain(entry.expected_bh);
    });
  });
});

function asSent(bytes: Uint8Array): Uint8Array {
  return splitMessage(bytes).lineEnding === "lf" ? toCrlf(bytes, { bareCr: "keep" }) : bytes;
}
