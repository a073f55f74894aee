import { Command } from "commander";
import { describe, expect, test } from "vitest";
import {
  addPublishOptions,
  publishMethodOf,
  type PublishOptions,
} from "../../src/options/publishing.ts";

function parsed(...args: readonly string[]): PublishOptions {
  return addPublishOptions(new Command("x"), "zone")
    .exitOverride()
    .parse(args, { from: "user" })
    .opts<PublishOptions>();
}

describe("the method of publishing", () => {
  test.each([
    [[], { method: "zone" }],
    [
      ["--publish", "update", "--server", "192.0.2.53", "--tsig", "/k", "--zone", "example.org"],
      { method: "update", server: "192.0.2.53", tsigKeyFile: "/k", zone: "example.org" },
    ],
    [
      ["--publish", "powerdns", "--api", "http://127.0.0.1:8081", "--api-key-file", "/k"],
      { method: "powerdns", api: "http://127.0.0.1:8081", apiKeyFile: "/k" },
    ],
    [
      ["--publish", "command", "--publish-command", '["/bin/dns", "-q"]'],
      { method: "command", argv: ["/bin/dns", "-q"] },
    ],
  ])("of %j", (args, method) => {
    expect(publishMethodOf(parsed(...args))).toEqual(method);
  });

  test.each([
    [["--publish", "update"], "--publish update needs a server and a key"],
    [["--publish", "powerdns"], "--publish powerdns needs the address of the API and its key"],
    [["--publish", "command"], "--publish command needs a program"],
    [["--publish", "command", "--publish-command", "[1]"], "is not valid; expected a program"],
  ])("%j misses something", (args, message) => {
    expect(() => publishMethodOf(parsed(...args))).toThrow(message);
  });
});
