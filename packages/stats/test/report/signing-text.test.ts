import { expect, test } from "vitest";
import { createStatistics, resetAnswer, signingStatsText } from "../../src/index.ts";
import { signed, unsigned } from "../events.ts";

test("is laid out as Momentum's, for its manual's example", () => {
  const statistics = createStatistics();
  statistics.recordSigning(signed("omniti.com", "example", 18_700_000));
  // The DKIM blocks of https://support.sparkpost.com/momentum/4/console-commands/signing-stats
  expect(signingStatsText(statistics.snapshot())).toBe(`Signing Statistics

Global
        DKIM
                AccumulatedSigningTime    0.0187
                TotalMessagesSigned            1
                FailedSigningAttempts          0
                TotalMessagesProcessed         1
Per Domain
        DomainName  omniti.com
        DKIM
                AccumulatedSigningTime    0.0187
                TotalMessagesSigned            1
                FailedSigningAttempts          0
                TotalMessagesProcessed         1
Per Binding
        binding_name example
        DKIM
                AccumulatedSigningTime    0.0187
                TotalMessagesSigned            1
                FailedSigningAttempts          0
                TotalMessagesProcessed         1
        Per Binding Per Domain
        DomainName omniti.com
        DKIM
                AccumulatedSigningTime    0.0187
                TotalMessagesSigned            1
                FailedSigningAttempts          0
                TotalMessagesProcessed         1
`);
  expect(resetAnswer).toBe("Signing Statistics are reset");
});

test("has its headings even if nothing was counted", () => {
  const text = signingStatsText(createStatistics().snapshot());
  expect(text.match(/^\S.*/gm)).toEqual([
    "Signing Statistics",
    "Global",
    "Per Domain",
    "Per Binding",
  ]);
});

function names(text: string): readonly string[] {
  return [...text.matchAll(/^ {8}(?:DomainName|binding_name) +(.*)$/gm)].map(
    ([, name = ""]) => name,
  );
}

function threeDomains() {
  const statistics = createStatistics();
  for (const domain of ["c.example", "a.example", "a.example"]) {
    statistics.recordSigning(signed(domain, "out"));
  }
  statistics.recordSigning(unsigned("failed", "key-missing", "b.example", "bulk"));
  return statistics;
}

test("rows are in the order of their names, pairs under their binding", () => {
  expect(names(signingStatsText(threeDomains().snapshot()))).toEqual(
    "a.example b.example c.example bulk b.example out a.example c.example".split(" "),
  );
});

test.each([
  [{ domain: "A.example" }, "a.example out a.example"],
  [{ binding: "bulk" }, "bulk b.example"],
  [{ binding: "out", domain: "c.example" }, "out c.example"],
  [{ domain: "none.example" }, ""],
  [{ top: 1 }, "a.example (other) out a.example (other)"],
])("%j", (options, expected) => {
  expect(names(signingStatsText(threeDomains().snapshot(), options)).join(" ")).toBe(expected);
});

test("of one domain, a binding counts that domain's messages alone", () => {
  const text = signingStatsText(threeDomains().snapshot(), { domain: "a.example" });
  const processed = [...text.matchAll(/TotalMessagesProcessed +(\d+)/g)].map(([, count]) => count);
  expect(processed).toEqual(["2", "2", "2"]);
});

test("folded rows are shown as (other), and the sums are complete", () => {
  const statistics = createStatistics({ maxDomains: 2 });
  for (let at = 0; at < 7; at += 1) statistics.recordSigning(signed(`d${at}.example`));
  const text = signingStatsText(statistics.snapshot());
  const [, perDomain = ""] = /Per Domain\n(.*)Per Binding\n/su.exec(text) ?? [];
  expect(names(perDomain)).toContain("(other)");
  const processed = [...perDomain.matchAll(/TotalMessagesProcessed +(\d+)/g)];
  expect(processed.map(([, count]) => Number(count)).reduce((a, b) => a + b)).toBe(7);
});

test("large numbers stay apart from their names", () => {
  const statistics = createStatistics();
  statistics.recordSigning(signed("a.example", "out", 12_345_678_900_000_000));
  expect(signingStatsText(statistics.snapshot())).toContain(
    "AccumulatedSigningTime 12345678.9000\n",
  );
});

test("a hostile name changes nothing but its own line", () => {
  const plain = createStatistics();
  const attacked = createStatistics();
  plain.recordSigning(signed("x", "y"));
  attacked.recordSigning(signed("\u001b[2Jx\nGlobal", "<script>\r\n\u0007"));
  const text = signingStatsText(attacked.snapshot());
  expect(text).toMatch(/^[ -~\n]*$/);
  expect(names(text)).toContain("\\u{1b}[2jx\\u{a}global");
  expect(
    names(signingStatsText(attacked.snapshot(), { binding: "<script>\r\n\u0007" })),
  ).toHaveLength(2);
  expect(text.split("\n")).toHaveLength(signingStatsText(plain.snapshot()).split("\n").length);
});
