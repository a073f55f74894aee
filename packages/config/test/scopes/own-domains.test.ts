import { expect, test } from "vitest";
import { readConfig } from "../../src/loading/read-config.ts";
import {
  namedSigners,
  ownDomains,
  scopedDomains,
  signedDomains,
} from "../../src/scopes/own-domains.ts";

const { config } = readConfig(`
signing: { fallbackDomain: fallback.example }
domains:
  signs.example: { signing: { domain: other.example } }
  verifies.example: { verification: { alignment: strict } }
  "*.pattern.example": { signing: {} }
  tabled.example:
    signing:
      table: { rows: [{ from: "*@row.example" }, { from: "*@*.wild.example" }] }
`);
if (config === undefined) throw new Error("expected a valid config");

const scoped = ["signs.example", "tabled.example", "verifies.example"];
const byOption = ["fallback.example", "other.example", "row.example"];

test("domains with a scope, without patterns", () => {
  expect([...scopedDomains(config)].toSorted()).toEqual(scoped);
});

test("domains whose scope is about signing", () => {
  expect([...signedDomains(config)].toSorted()).toEqual(["signs.example", "tabled.example"]);
});

test("domains that the config may sign as", () => {
  expect([...ownDomains(config)].toSorted()).toEqual([...scoped, ...byOption].toSorted());
});

test("domains that the config names as signers", () => {
  expect([...namedSigners(config)].toSorted()).toEqual(
    ["signs.example", "tabled.example", ...byOption].toSorted(),
  );
});
