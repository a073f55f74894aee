import { describe, expect, test } from "vitest";
import { neededFiles, withAbsolutePaths } from "../../src/loading/file-paths.ts";
import { readConfig } from "../../src/loading/read-config.ts";
import type { Config } from "../../src/schema/config-schema.ts";

function configOf(text: string): Config {
  const { config, problems } = readConfig(text);
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config;
}

describe("relative paths start at the directory of the config", () => {
  test.each([
    [
      "key of a signature",
      'signing: { selector: s, key: "keys/%{d}.key" }',
      "/etc/m/keys/%{d}.key",
    ],
    ["key database", "keys: { database: keys.db }", "/etc/m/keys.db"],
    ["journal of rotations", "rotation: { journal: rotation.journal }", "/etc/m/rotation.journal"],
    ["queue", "queue: { file: ../queue.db }", "/etc/queue.db"],
    ["spool directory", "spoolDirectory: spool", "/etc/m/spool"],
    ["absolute path", "spoolDirectory: /var/spool", "/var/spool"],
  ])("%s", (_, text, path) => {
    expect(JSON.stringify(withAbsolutePaths(configOf(text), "/etc/m"))).toContain(`"${path}"`);
  });
});

test("names are no paths", () => {
  const config = configOf("bindings: { key: { nextHop: { host: file } } }");
  expect(withAbsolutePaths(config, "/etc/m").bindings).toEqual(config.bindings);
});

test("files needed at the start, with their place and kind", () => {
  const config = configOf(
    "admin: { tokenFile: /t }\ndns: { zone: /z }\nbindings: { a: { nextHop: { host: h, username: u, passwordFile: /p, tls: required } } }",
  );
  expect([...neededFiles(config)]).toEqual([
    { path: ["bindings", "a", "nextHop", "passwordFile"], file: "/p", kind: "secret" },
    { path: ["admin", "tokenFile"], file: "/t", kind: "secret" },
    { path: ["dns", "zone"], file: "/z" },
  ]);
});
