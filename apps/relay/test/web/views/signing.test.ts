import { createStatistics } from "@mailseal/stats";
import { expect, test } from "vitest";
import { bindings, signingDomains } from "../../../src/web/views/signing.ts";
import { pageData, textOf } from "../../support/page-data.ts";

test("the domains and bindings that sign most come first, and the rest is summed up", () => {
  const statistics = createStatistics();
  for (let number = 0; number < 12; number++) {
    for (let message = 0; message <= number; message++) {
      const scope = { domain: `d${number}.example`, binding: "<b>pool" };
      statistics.recordSigning({ scope, outcome: "signed", durationNs: 2e6, signatures: [] });
    }
  }
  const data = pageData({ snapshot: statistics.snapshot() });
  const domains = textOf(signingDomains(data));
  expect(domains).toMatch(/d11\.example 12 0 0 2\.00 ms d10\.example 11/);
  expect(domains).not.toContain("d1.example");
  expect(domains).toContain("and 3 messages for other domains");
  expect(textOf(bindings(data))).toContain("&lt;b&gt;pool 78 78 0 2.00 ms");
  expect(textOf(bindings(pageData()))).toContain("No outbound mail yet.");
});
