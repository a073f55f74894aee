import { formatFields } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import type { PolicyHooks } from "../../src/index.ts";
import { runHooks } from "../support/run-hooks.ts";

describe("afterVerify", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["accept", { action: "accept" }],
    ["quarantine", { action: "quarantine", reason: "odd" }],
    ["discard", { action: "discard", reason: "spam" }],
    ["reject", { action: "reject", code: 550, enhancedCode: "5.7.1", text: "No" }],
    ["defer", { action: "defer", code: 450, enhancedCode: "4.7.1", text: "Later" }],
  ];
  test.for(cases)("may %s", async ([, answer]) => {
    const { processed, failures } = await runHooks(
      { afterVerify: () => answer as never },
      "defer",
      "inbound",
    );
    expect([processed.disposition, failures]).toEqual([answer, []]);
    expect(formatFields(processed.prepend)).toContain("Authentication-Results: ");
    expect(formatFields(processed.prepend).includes("X-Mailseal-Quarantine: odd\r\n")).toBe(
      processed.disposition.action === "quarantine",
    );
  });

  test.for([
    { action: "bounce" },
    { action: "reject", code: 250, enhancedCode: "5.7.1", text: "No" },
    { action: "reject", code: 550, enhancedCode: "2.0.0", text: "No" },
    { action: "reject", code: 550, enhancedCode: "5.7.1", text: "No\r\n250 OK" },
    { action: "quarantine", reason: "x\r\nBcc: y" },
    { action: "quarantine" },
    "reject",
  ])("that answers %o is deferred or ignored", async (answer) => {
    const hooks: PolicyHooks = { afterVerify: () => answer as never };
    const deferred = await runHooks(hooks, "defer", "inbound");
    expect(deferred.processed.disposition).toMatchObject({ action: "defer", code: 451 });
    const ignored = await runHooks(hooks, "ignore", "inbound");
    expect(ignored.processed.disposition).toEqual({ action: "accept" });
    expect(ignored.failures).toHaveLength(1);
  });

  test("gets a copy of the report and the disposition that the config sets", async () => {
    let seen: unknown;
    const { processed } = await runHooks(
      {
        afterVerify(report, message, { disposition, verification }) {
          seen = [
            report.from,
            report.signatures,
            message.get("subject"),
            disposition,
            verification.verify,
          ];
          (report.from as string[]).push("x");
        },
      },
      "defer",
      "inbound",
    );
    expect(seen).toEqual([["a@example.com", "x"], [], "Lunch", { action: "accept" }, true]);
    expect(processed.report?.from).toEqual(["a@example.com"]);
  });
});
