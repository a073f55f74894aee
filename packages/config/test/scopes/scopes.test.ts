import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/loading/read-config.ts";
import type { Config } from "../../src/schema/config-schema.ts";
import {
  decideSigning,
  scopesFor,
  signingSettings,
  verificationSettings,
} from "../../src/scopes/scopes.ts";

function configOf(text: string): Config {
  const { config, problems } = readConfig(text);
  if (config === undefined) {
    throw new Error(JSON.stringify(problems));
  }
  return config;
}

const full = configOf(`
signing: { selector: global }
domains:
  example.com: { signing: { selector: domain } }
bindings:
  pool:
    signing: { selector: binding }
    domains: { example.com: { signing: { selector: domain-in-binding } } }
bindingGroups:
  bulk:
    signing: { selector: group }
    domains: { example.com: { signing: { selector: domain-in-group } } }
    bindings:
      pool:
        signing: { selector: binding-in-group }
        domains: { example.com: { signing: { selector: domain-in-binding-in-group } } }
`);

describe("precedence", () => {
  test("a domain in a binding in a group is first, the global scope last", () => {
    const scopes = scopesFor(full, { domain: "example.com", binding: "pool" });
    expect(scopes.map(({ name }) => name)).toEqual([
      "domain example.com in binding pool in group bulk",
      "domain example.com in binding pool",
      "domain example.com in group bulk",
      "binding pool in group bulk",
      "binding pool",
      "group bulk",
      "domain example.com",
      "global",
      "built-in",
    ]);
  });

  test("without one the next decides, all the way down", () => {
    const order = [
      "domain-in-binding-in-group",
      "domain-in-binding",
      "domain-in-group",
      "binding-in-group",
      "binding",
      "group",
      "domain",
      "global",
    ];
    for (const [index, selector] of order.entries()) {
      const config = structuredClone(full);
      for (const above of order.slice(0, index)) {
        silence(config, above);
      }
      expect(signingSettings(config, { domain: "example.com", binding: "pool" }).selector).toBe(
        selector,
      );
    }
  });

  test("another domain and another binding are not concerned", () => {
    expect(signingSettings(full, { domain: "example.net", binding: "pool" }).selector).toBe(
      "binding-in-group",
    );
    expect(signingSettings(full, { domain: "example.com", binding: "other" }).selector).toBe(
      "domain",
    );
    expect(signingSettings(full, { domain: "constructor", binding: "__proto__" }).selector).toBe(
      "global",
    );
  });

  test("each option is decided for itself", () => {
    const config = configOf(`
signing: { selector: a, expireAfter: 7d }
domains: { example.com: { signing: { selector: b } } }
`);
    expect(decideSigning(config, { domain: "example.com" })).toEqual(
      new Map([
        ["selector", { value: "b", scope: "domain example.com" }],
        ["expireAfter", { value: 604_800_000, scope: "global" }],
        ["sign", { value: true, scope: "built-in" }],
        ["canonicalization", { value: "relaxed/relaxed", scope: "built-in" }],
        ["fields", { value: "standard", scope: "built-in" }],
        ["addMissingFields", { value: "submitted", scope: "built-in" }],
        ["onMissingKey", { value: "auto", scope: "built-in" }],
        ["onUnusableKey", { value: "defer", scope: "built-in" }],
        ["requirePublished", { value: false, scope: "built-in" }],
        ["removeOldSignatures", { value: false, scope: "built-in" }],
        ["minimumRsaBits", { value: 2048, scope: "built-in" }],
        ["testing", { value: false, scope: "built-in" }],
      ]),
    );
  });

  test("each action of the verification is decided for itself", () => {
    const config = configOf(`
verification: { actions: { fail: quarantine } }
domains: { bank.example: { verification: { actions: { none: reject } } } }
`);
    expect(verificationSettings(config, { domain: "bank.example" }).actions).toMatchObject({
      none: "reject",
      fail: "quarantine",
      pass: "header",
    });
  });
});

describe("domain patterns", () => {
  const config = configOf(`
signing: { selector: global }
domains:
  "*": { signing: { selector: any } }
  "*.example.com": { signing: { selector: below } }
  "*.mail.example.com": { signing: { selector: below-mail } }
  mail.example.com: { signing: { selector: exact } }
`);
  test.each([
    ["mail.example.com", "exact"],
    ["a.mail.example.com", "below-mail"],
    ["a.b.mail.example.com", "below-mail"],
    ["www.example.com", "below"],
    ["example.com", "any"],
    ["notexample.com", "any"],
  ])("%s -> %s", (domain, selector) => {
    expect(signingSettings(config, { domain }).selector).toBe(selector);
  });
});

/** Removes the scope that says `selector`. */
function silence(value: unknown, selector: string): void {
  if (typeof value !== "object" || value === null) {
    return;
  }
  for (const part of Object.values(value)) {
    if (
      typeof part === "object" &&
      part !== null &&
      "selector" in part &&
      part.selector === selector
    ) {
      delete part.selector;
    }
    silence(part, selector);
  }
}
