import { type DisputedCase, corpusPath, disputedCases, readVectors } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import {
  type AuthenticationResults,
  parseArcAuthenticationResults,
  parseAuthenticationResults,
} from "../src/authentication-results/authentication-results.ts";
import { parseSignature } from "../src/signature/parse-signature.ts";
import { encodeQuotedPrintableSection } from "../src/text/quoted-printable.ts";

const disputed: ReadonlyMap<string, DisputedCase> = new Map(
  disputedCases().map((entry) => [entry.id, entry]),
);
const absent = corpusPath() === undefined;

test.skipIf(absent)("skipped without ../shared/corpus or $MAILSEAL_CORPUS", () => {
  expect(corpusPath()).toBeDefined();
});

/** What the source asserts, or what we assert against it. */
function expectation(vector: { readonly id: string; readonly expect: string }): unknown {
  const entry = disputed.get(vector.id);
  expect(entry?.ours).not.toBe(vector.expect);
  return entry === undefined ? vector.expect : entry.ours;
}

const valueOf = (field: string): string => field.slice(field.indexOf(":") + 1);

describe.skipIf(absent)("sig-syntax vectors", () => {
  test.for(readVectors("sig-syntax"))("$id", (vector) => {
    const header = Buffer.from(vector.header, "utf8").toString("latin1");
    const read = parseSignature(valueOf(header));
    const outcomes = read.ok ? ["valid"] : ["invalid", read.code];
    expect(outcomes).toContain(expectation(vector));
  });
});

/** Some values are whole fields; some with an instance are those of an ARC field. */
function parseEither(value: string): AuthenticationResults | undefined {
  const name = /^(?:ARC-)?Authentication-Results:/.exec(value)?.[0] ?? "";
  const text = value.slice(name.length);
  const arc = name.startsWith("ARC-") || (name === "" && /^\s*i\s*=/.test(text));
  const read = arc ? parseArcAuthenticationResults(text) : parseAuthenticationResults(text);
  return read.ok ? read.value : undefined;
}

describe.skipIf(absent)("authres-parse vectors", () => {
  test.for(readVectors("authres-parse"))("$id", (vector) => {
    const read = parseEither(vector.value);
    const outcomes = [read === undefined ? "invalid" : "valid", "must-not-pollute"];
    expect(outcomes).toContain(expectation(vector));
    expect({
      authserv_id: read?.authservId,
      authres_version: String(read?.version ?? 1),
    }).toMatchObject(vector.fields ?? {});
    const results = (vector.results ?? []).map(([index, what]) => {
      const result = read?.results[Number(index)];
      return [index, what, what === "method" ? result?.method : result?.result];
    });
    expect(results).toEqual(vector.results ?? []);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Reflect.has({}, "polluted")).toBe(false);
  });
});

describe.skipIf(absent)("qp-section-encode vectors", () => {
  test.for(readVectors("qp-section-encode"))("$id", (vector) => {
    expect(encodeQuotedPrintableSection(vector.input)).toBe(expectation(vector));
  });
});
