import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import {
  addStartOptions,
  keyOwnerOf,
  planOf,
  setupOf,
  type StartCommandOptions,
} from "../../src/rotate/start-options.ts";

function parsed(...args: string[]): StartCommandOptions {
  const command = addStartOptions(new Command("start")).exitOverride();
  return command.parse(["--keys", "keys", ...args], { from: "user" }).opts<StartCommandOptions>();
}

describe("the plan", () => {
  test.each([
    [[], { keys: [{ type: "rsa" }], retiredKeys: "archive" }],
    [
      ["-t", "rsa", "-t", "ed25519", "-b", "4096", "-s", "m%{date}"],
      {
        keys: [
          { type: "rsa", bits: 4096, selector: "m%{date}" },
          { type: "ed25519", selector: "m%{date}" },
        ],
        retiredKeys: "archive",
      },
    ],
    [
      ["--overlap", "2d", "--revoked-for", "1w", "--ttl", "60", "--old-keys", "delete"],
      {
        keys: [{ type: "rsa" }],
        retiredKeys: "delete",
        overlapMs: 172_800_000,
        revokedForMs: 604_800_000,
        ttlSeconds: 60,
      },
    ],
  ])("of %j", (args, plan) => {
    expect(planOf(parsed(...args))).toEqual(plan);
  });
});

describe("the setup", () => {
  test("has absolute paths, because run may be called from another directory", () => {
    expect(setupOf(parsed("--zone-file", "new.zone", "--database", "keys.db"))).toEqual({
      keyDirectory: resolve("keys"),
      publish: { method: "zone", file: resolve("new.zone") },
      resolvers: ["system"],
      activate: { method: "table", database: resolve("keys.db") },
    });
  });

  test("of dynamic updates and commands", () => {
    const args = "--publish update --server 192.0.2.53 --tsig k --zone example.org".split(" ");
    const command = ["--activate-command", '["sign", "-v"]', "--pass-env", "A", "--pass-env", "B"];
    expect(setupOf(parsed(...args, ...command, "--resolver", "192.0.2.1"))).toEqual({
      keyDirectory: resolve("keys"),
      publish: {
        method: "update",
        server: "192.0.2.53",
        tsigKeyFile: resolve("k"),
        zone: "example.org",
      },
      resolvers: ["192.0.2.1"],
      activate: { method: "command", argv: ["sign", "-v"] },
      passEnvironment: ["A", "B"],
    });
  });

  test("keeps the access to the signer only if it is given", () => {
    expect(setupOf(parsed("--token-file", "t"))).not.toHaveProperty("signer");
    const { signer } = setupOf(parsed("--relay-user", "mail", "--token-file", "t"));
    expect(signer).toEqual({ user: "mail", tokenFile: resolve("t") });
  });
});

describe("a wrong option is a wrong command line", () => {
  const file = join(temporaryDirectory("file"), "file");
  writeFileSync(file, "");
  test.each<[args: readonly string[], message: RegExp]>([
    [["-t", "dsa"], /--type: "dsa" is unknown; expected rsa or ed25519/],
    [["-t", "ed25519", "-b", "2048"], /--bits cannot be used with Ed25519/],
    [["--publish", "update", "--server", "192.0.2.53"], /give --server and --tsig/],
    [["--publish", "command"], /give --publish-command/],
    [["--publish", "command", "--publish-command", "[]"], /the command "\[\]" is not valid/],
    [["--publish", "command", "--publish-command", "[x"], /JSON array/],
    [["--database", "a", "--activate-command", "b"], /exclude each other/],
    [["--keys", file], /--keys: .* is a file; expected a directory/],
  ])("%j", (args, message) => {
    const options = parsed(...args);
    expect(() => [planOf(options), setupOf(options)]).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }),
    );
  });

  test("such as the name of an environment variable that is none", () => {
    expect(() => parsed("--pass-env", "A=b")).toThrow(/expected the name of an environment variab/);
  });
});

test("the owner of new keys is set only with --chown", async () => {
  expect(await keyOwnerOf("example.com", parsed())).toEqual({});
  expect(await keyOwnerOf("example.com", parsed("--chown", "--relay-user", "54321"))).toEqual({
    keyOwner: { uid: 54_321, gid: 54_321 },
  });
});
