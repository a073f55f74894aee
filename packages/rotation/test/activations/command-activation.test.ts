import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { commandActivation } from "../../src/activations/command-activation.ts";
import { domain, ed, expectActiveKeys, rsa } from "../support/activation.ts";

test("the active keys of each domain are kept", async () => {
  await expectActiveKeys(commandActivation({ argv: ["/bin/true"] }, temporaryDirectory("test")));
});

test("the command gets the domain and its keys", async () => {
  const directory = temporaryDirectory("test");
  const out = join(directory, "out");
  const script = `const { MAILSEAL_ACTION: a, MAILSEAL_DOMAIN: d, MAILSEAL_KEYS: k } = process.env;
      fs.writeFileSync(${JSON.stringify(out)}, JSON.stringify([a, d, JSON.parse(k)]))`;
  const argv = [process.execPath, "-e", script];
  await commandActivation({ argv }, directory).activate(domain, [rsa, ed]);
  expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(["activate", domain, [rsa, ed]]);
});

test("the keys of a command that failed are not kept", async () => {
  const activation = commandActivation({ argv: ["/bin/false"] }, temporaryDirectory("test"));
  await expect(activation.activate(domain, [rsa])).rejects.toMatchObject({ code: "hook-failed" });
  expect(await activation.active(domain)).toEqual([]);
});
