import { readConfig } from "@mailseal/config";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configText, type WantedConfig } from "../../../src/setup/plan/config-text.ts";

const listener: WantedConfig["listener"] = {
  protocol: "milter",
  listen: "unix:/var/spool/postfix/mailseal/milter.sock",
  socketMode: "0660",
  socketGroup: "postfix",
};
const key = { selector: "mail2026", file: "/etc/mailseal/keys/example.com/mail2026.key" };
const wanted: WantedConfig = {
  listener,
  replacedAddresses: ["unix:/run/mailseal/milter.sock"],
  domains: [{ domain: "example.com", keys: [key] }],
};

function errorsOf(text: string): readonly string[] {
  const { problems } = readConfig(text);
  return problems.filter(({ level }) => level === "error").map(({ message }) => message);
}

test("a new config signs once DNS publishes the key, and has no errors", () => {
  const text = configText(undefined, wanted);
  expect(errorsOf(text)).toEqual([]);
  expect(parse(text)).toEqual({
    listeners: [{ direction: "outbound", ...listener }],
    domains: {
      "example.com": {
        signing: { sign: true, requirePublished: true, selector: key.selector, key: key.file },
      },
    },
  });
  expect(text).toMatch(/^# The config of mailseal-relay, written by mailseal setup/);
});

test("two keys become two signatures", () => {
  const second = { selector: "mail2026-ed25519", file: "/etc/mailseal/keys/x.key" };
  const both = { ...wanted, domains: [{ domain: "example.com", keys: [key, second] }] };
  const text = configText(configText(undefined, wanted), both);
  expect(errorsOf(text)).toEqual([]);
  expect((parse(text) as { domains: unknown }).domains).toEqual({
    "example.com": {
      signing: {
        sign: true,
        requirePublished: true,
        signatures: [
          { selector: key.selector, key: key.file },
          { selector: second.selector, key: second.file },
        ],
      },
    },
  });
});

describe("an existing config", () => {
  const existing = [
    "# Mine.",
    "hostname: mx.example.com # the name",
    "",
    "# Beside Postfix.",
    "listeners:",
    "  - protocol: milter",
    '    listen: "unix:/var/spool/postfix/mailseal/milter.sock"',
    '    socketMode: "0660"',
    "    socketGroup: postfix",
    "    # Verify too.",
    "    direction: auto",
    "",
    "# Nothing is signed yet.",
    "",
  ].join("\n");

  test("keeps its comments and its other options", () => {
    const text = configText(existing, wanted);
    for (const comment of [
      "# Mine.",
      "# the name",
      "# Beside Postfix.",
      "# Verify too.",
      "# Nothing is signed yet.",
    ]) {
      expect(text).toContain(comment);
    }
    expect(errorsOf(text)).toEqual([]);
    expect(parse(text)).toMatchObject({
      hostname: "mx.example.com",
      listeners: [{ ...listener, direction: "auto" }],
      domains: { "example.com": { signing: { selector: "mail2026" } } },
    });
  });

  test("that has everything is returned to the letter", () => {
    const text = configText(existing, wanted);
    expect(configText(text, wanted)).toBe(text);
    const odd = text.replace("hostname: mx.example.com", "hostname:    mx.example.com");
    expect(configText(odd, wanted)).toBe(odd);
  });

  test("with only comments keeps them", () => {
    const text = configText("# Nothing here yet.\n", wanted);
    expect(text).toMatch(/^# Nothing here yet\.\n/);
    expect(errorsOf(text)).toEqual([]);
  });

  test("keeps its other listeners and domains", () => {
    const other = { protocol: "milter", listen: "127.0.0.1:8891" };
    const text = configText(
      'listeners:\n  - { protocol: milter, listen: "127.0.0.1:8891" }\ndomains:\n  example.net:\n    signing: { sign: false }\n',
      wanted,
    );
    expect(parse(text)).toMatchObject({
      listeners: [other, listener],
      domains: { "example.net": { signing: { sign: false } }, "example.com": {} },
    });
  });

  test("moves the listener of a default config to the mail server that there is", () => {
    const text = configText(
      "listeners:\n  - protocol: milter\n    listen: unix:/run/mailseal/milter.sock\n",
      wanted,
    );
    expect((parse(text) as { listeners: unknown }).listeners).toEqual([listener]);
  });

  test("replaces whole sections of an import", () => {
    const sections = { signing: { canonicalization: "simple/simple" } };
    const text = configText("signing: { selector: old }\n", { ...wanted, domains: [], sections });
    expect(parse(text)).toMatchObject(sections);
  });

  test.each(["a: [", "- list\n"])("%j is refused", (text) => {
    expect(() => configText(text, wanted)).toThrow(/^the config is not valid YAML/);
  });
});
