import type { Cause, ExplainedSignature } from "@mailseal/verifier/explain";
import { expect, test } from "vitest";
import { explanationText } from "../../src/output/explanation-text.ts";
import { bareVerdict } from "../bare-verdict.ts";

const cause: Cause = {
  code: "body-appended",
  evidence: "the hash of the body matches",
  detail: "lines were added",
};

function signatureWith(...causes: readonly Cause[]): ExplainedSignature {
  return {
    ...bareVerdict,
    result: "fail",
    code: "body-hash-mismatch",
    reason: "the body was altered",
    bodyHash: "mismatch",
    causes,
  };
}

function linesOf(signatures: readonly ExplainedSignature[], bounded = false): readonly string[] {
  const explanation = { from: [], signatures, hypotheses: 12_345, bounded };
  return explanationText("-", explanation).split("\n");
}

test("a cause has its sentence, its proof and its remedy", () => {
  const lines = linesOf([signatureWith({ ...cause, field: "subject" })]);
  expect(lines[0]).toBe("standard input");
  expect(lines).toContain("  body-appended subject");
  expect(lines).toContain("    Lines were added.");
  expect(lines).toContain("    Proof: the hash of the body matches.");
  expect(lines.join("\n")).toContain("    What to do: ");
  expect(lines.at(-1)).toBe("  12,345 hypotheses tested.");
});

test("a limit that was reached is mentioned", () => {
  expect(linesOf([signatureWith(cause)], true).at(-1)).toBe(
    "  12,345 hypotheses tested, then the limit was reached.",
  );
});

test("a change is a diff of at most eight lines, with invisible characters made visible", () => {
  const received = `same\r\n${"more\r\n".repeat(9)}`;
  const changes = [{ signed: "same\r\nold\t\u001b \r\n", received }];
  const lines = linesOf([signatureWith({ ...cause, changes })]);
  expect(lines).toContain("      same");
  expect(lines).toContain("    - old→\\u001b·");
  expect(lines.filter((line) => line === "    + more")).toHaveLength(7);
  expect(lines).toContain("    + (2 more lines)");
});

test("the same causes of two signatures are printed once", () => {
  const text = linesOf([signatureWith(cause), signatureWith(cause)]).join("\n");
  expect(text.match(/Lines were added/g)).toHaveLength(1);
  expect(text).toContain("  For the same causes as the signature above.");
});

test("an unsigned message is reported as such", () => {
  expect(linesOf([])).toContain("  Not signed: the message has no DKIM-Signature field.");
});
