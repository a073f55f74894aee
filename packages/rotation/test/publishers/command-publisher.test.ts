import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { commandPublisher } from "../../src/publishers/command-publisher.ts";
import { changes, common, name, record } from "../support/record-changes.ts";

test("a program that knows three actions sees a replacement as published", async () => {
  const file = join(temporaryDirectory("test"), "out");
  const script = `fs.writeFileSync(${JSON.stringify(file)}, process.env.MAILSEAL_ACTION)`;
  const change = { ...common, action: "replace", record, ttlSeconds: 60 } as const;
  await commandPublisher({ argv: [process.execPath, "-e", script] }).apply([change]);
  expect(readFileSync(file, "utf8")).toBe("publish");
});

test("the command runs once for each change", async () => {
  const file = join(temporaryDirectory("test"), "out");
  const script = `const own = Object.entries(process.env).filter(([name]) => name.startsWith("MAILSEAL_"));
    fs.appendFileSync(${JSON.stringify(file)}, JSON.stringify(Object.fromEntries(own)) + "\\n")`;
  await commandPublisher({ argv: [process.execPath, "-e", script] }).apply(changes);
  const environments = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const base = { MAILSEAL_DOMAIN: "example.com", MAILSEAL_SELECTOR: "s", MAILSEAL_NAME: name };
  expect(environments).toEqual([
    {
      ...base,
      MAILSEAL_ACTION: "publish",
      MAILSEAL_RECORD: record,
      MAILSEAL_TTL: "60",
    },
    { ...base, MAILSEAL_ACTION: "remove" },
  ]);
});
