import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { environmentOf, type RotationSetup } from "../src/setup.ts";

const openTable = (): never => {
  throw new Error("no table");
};

test.each([
  [[], "HOME LANG PATH"],
  [["API_TOKEN"], "API_TOKEN HOME LANG PATH"],
])("commands get documented variables and %j, and no others", async (passEnvironment, names) => {
  const directory = temporaryDirectory("test");
  const [program, out] = [join(directory, "hook"), join(directory, "out")];
  writeFileSync(program, `#!/bin/sh\nenv >> ${out}\n`);
  chmodSync(program, 0o700);
  const setup: RotationSetup = {
    keyDirectory: directory,
    publish: { method: "command", argv: [program] },
    activate: { method: "command", argv: [program] },
    resolvers: ["system"],
    passEnvironment,
  };
  const environment = {
    PATH: process.env["PATH"],
    HOME: "/root",
    LANG: "C",
    SMTP_PASSWORD: "s3cret",
    API_TOKEN: "t0ken",
    NODE_OPTIONS: "",
    LD_PRELOAD: "",
  };
  const { publisher, activation } = environmentOf(setup, { environment, openTable });
  const change = { domain: "example.com", selector: "s1", name: "s1._domainkey.example.com" };
  await publisher.apply([{ ...change, action: "remove" }]);
  await activation.activate("example.com", []);
  const seen = readFileSync(out, "utf8")
    .split("\n")
    .map((line) => line.split("=", 1)[0] ?? "")
    .filter((name) => name !== "" && !["PWD", "OLDPWD", "SHLVL", "_"].includes(name));
  expect([...new Set(seen)].filter((name) => !name.startsWith("MAILSEAL_")).toSorted()).toEqual(
    names.split(" "),
  );
  expect(seen).toContain("MAILSEAL_ACTION");
});

test("a command gets a default PATH if this process has none", async () => {
  const directory = temporaryDirectory("test");
  const out = join(directory, "out");
  const setup: RotationSetup = {
    keyDirectory: directory,
    publish: { method: "command", argv: ["/bin/sh", "-c", `printf %s "$PATH" > ${out}`] },
    activate: { method: "file" },
    resolvers: ["system"],
  };
  const { publisher } = environmentOf(setup, { openTable });
  const name = "s1._domainkey.example.com";
  await publisher.apply([{ action: "remove", domain: "example.com", selector: "s1", name }]);
  expect(readFileSync(out, "utf8")).toContain("/usr/bin");
});
