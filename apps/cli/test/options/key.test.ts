import { Command } from "commander";
import { expect, test } from "vitest";
import { addKeyNameOptions, addKeyOptions, checkedName } from "../../src/options/key.ts";

test("the name of a key record is in lower case", () => {
  expect(checkedName({ selector: "Mail", domain: "Example.com" })).toBe(
    "mail._domainkey.example.com",
  );
});

test.each([
  ["../x", "example.com", /selector/],
  ["mail", "../x", /domain name/],
  ["mail", "", /domain name/],
])("the selector %j of the domain %j is a wrong command line", (selector, domain, message) => {
  expect(() => checkedName({ selector, domain })).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }),
  );
});

test.each([
  ["a key name", addKeyNameOptions, ["-d", "-s"]],
  ["a key", addKeyOptions, ["-d", "-s", "-k"]],
])("%s needs all of its options", (_, add, needed) => {
  const command = add(new Command("test"));
  const mandatory = command.options.filter((option) => option.mandatory);
  expect(mandatory.map(({ short }) => short)).toEqual(needed);
});
