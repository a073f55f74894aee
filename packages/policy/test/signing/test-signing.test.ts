import { configSchema } from "@mailseal/config";
import { describe, expect, test } from "vitest";
import { configuredKeys } from "../../src/signing/configured-keys.ts";
import { testSignings } from "../../src/signing/test-signing.ts";
import { key, published } from "../support/mail.ts";

const keyText = key.toPem();
const row = (from: string, selector: string, domain?: string) => ({
  from,
  selector,
  keyText,
  ...(domain === undefined ? {} : { domain }),
});

describe("a signing table", () => {
  test("is tested on the binding of its scope, whatever the name of the scope", async () => {
    const signing = { table: { rows: [row("*@example.com", "s1")] } };
    const config = configSchema.parse({
      bindingGroups: { bindings: { signing, bindings: { bindings: {}, out: {} } } },
      bindings: { out: { signing } },
    });
    const tested = [];
    for await (const { from, binding, signatures } of testSignings(config, {
      dnsKeys: published,
      hostname: "h",
    })) {
      tested.push([from, binding, ...signatures]);
    }
    const from = "postmaster@example.com";
    expect(tested).toEqual([
      [from, undefined],
      [from, "out", "s1._domainkey.example.com"],
    ]);
  });

  test("has its keys preloaded, and its senders tested by config check", async () => {
    const config = configSchema.parse({
      signing: { table: { rows: [row("*@example.com", "s1"), row("*", "any", "esp.example")] } },
    });
    expect(
      [...configuredKeys(config, undefined)].map(({ domain, selector }) => `${selector}/${domain}`),
    ).toEqual(["s1/example.com", "any/esp.example"]);
    const tested = [];
    for await (const { from, signatures } of testSignings(config, {
      dnsKeys: published,
      hostname: "h",
    })) {
      tested.push([from, ...signatures]);
    }
    expect(tested).toEqual([["postmaster@example.com", "s1._domainkey.example.com"]]);
  });
});
