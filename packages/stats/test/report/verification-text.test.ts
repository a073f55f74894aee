import { expect, test } from "vitest";
import { createStatistics, verificationText } from "../../src/index.ts";
import { verified } from "../events.ts";

function statistics() {
  const made = createStatistics();
  made.recordVerification(verified("pass", "pass", "a.example"));
  made.recordVerification(verified("pass", "pass", "a.example"));
  made.recordVerification(verified("fail", "body-hash-mismatch", "a.example"));
  made.recordVerification(verified("permerror", "no-key", "\u001b]0;b.example"));
  made.recordKeyLookup({ source: "dns", outcome: "failed", failure: "timeout", durationNs: 2e6 });
  return made;
}

/** Each line as its words. */
function words(text: string): readonly string[] {
  return text.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "));
}

test("every result by code, key and domain, then lookups and times", () => {
  const text = verificationText(statistics().snapshot());
  expect(text).toMatch(/^[ -~\n]*$/);
  expect(words(text)).toEqual([
    "Verification Statistics",
    "",
    "verified pass fail policy neutral temperror permerror none",
    "Global 4 2 1 0 0 0 1 0",
    "",
    "Per Code",
    "pass 2 2 0 0 0 0 0 0",
    "body-hash-mismatch 1 0 1 0 0 0 0 0",
    "no-key 1 0 0 0 0 0 1 0",
    "",
    "Per Algorithm",
    "rsa-sha256 4 2 1 0 0 0 1 0",
    "",
    "Per Key Size",
    "1024 4 2 1 0 0 0 1 0",
    "",
    "Testing Key",
    "no 4 2 1 0 0 0 1 0",
    "",
    "Alignment",
    "strict 4 2 1 0 0 0 1 0",
    "",
    "Per Domain",
    "a.example 3 2 1 0 0 0 0 0",
    "\\u{1b}]0;b.example 1 0 0 0 0 0 1 0",
    "",
    "Key Lookups",
    "dns failed 1",
    "DNS failure timeout 1",
    "",
    "Times in ms count p50 p90 p99",
    "verification 4 0.005 0.005 0.005",
    "keyLookup 1 2.015 2.015 2.015",
    "",
  ]);
});

test("the top, and the rest of the domains", () => {
  const text = verificationText(statistics().snapshot(), { top: 1 });
  const lines = words(text);
  expect(lines.slice(lines.indexOf("Per Domain") + 1).slice(0, 2)).toEqual([
    "a.example 3 2 1 0 0 0 0 0",
    "(other) 1 0 0 0 0 0 1 0",
  ]);
});

test("one domain, with the codes of what did not pass", () => {
  const snapshot = statistics().snapshot();
  expect(words(verificationText(snapshot, { domain: "A.Example" })).slice(3)).toEqual([
    "a.example 3 2 1 0 0 0 0 0",
    "fail body-hash-mismatch 1",
    "",
  ]);
  expect(verificationText(snapshot, { domain: "none\u0007" })).toContain(
    "none\\u{7}: no signatures were verified, or the domain has no row of its own",
  );
});
