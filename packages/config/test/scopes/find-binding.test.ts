import { expect, test } from "vitest";
import { readConfig } from "../../src/loading/read-config.ts";
import { bindingNames, findBinding } from "../../src/scopes/find-binding.ts";

const { config } = readConfig(`
bindingGroups:
  group:
    nextHop: { host: group.example }
    bounces: off
    bindings:
      inherits: {}
      overrides: { nextHop: { host: own.example }, bounces: on }
bindings:
  alone: { nextHop: { host: alone.example } }
`);
if (config === undefined) throw new Error("expected a valid config");

test.each([
  ["inherits", "group.example", "off", "group"],
  ["overrides", "own.example", "on", "group"],
  ["alone", "alone.example", undefined, undefined],
])("%s", (name, host, bounces, groupName) => {
  const found = findBinding(config, name);
  expect(found?.nextHop?.host).toBe(host);
  expect(found?.bounces).toBe(bounces);
  expect(found?.groupName).toBe(groupName);
});

test.each(["unknown", "group", "constructor", "__proto__"])("no binding: %s", (name) => {
  expect(findBinding(config, name)).toBeUndefined();
});

test("names of all bindings", () => {
  expect([...bindingNames(config)]).toEqual(["inherits", "overrides", "alone"]);
});
