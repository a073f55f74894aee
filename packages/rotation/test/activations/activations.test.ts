import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { activeFile } from "../../src/activations/active-file.ts";
import { commandActivation } from "../../src/activations/command-activation.ts";
import { type DomainTable, domainTable } from "../../src/activations/domain-table.ts";
import type { Activation, ActiveKey } from "../../src/environment.ts";

const domain = "example.com";
const old: ActiveKey = { selector: "old", keyFile: "/keys/old.key" };
const rsa: ActiveKey = { selector: "r1", keyFile: "/keys/r1.key" };
const ed: ActiveKey = { selector: "e1", keyFile: "/keys/e1.key" };

/** As the KeyDatabase of @mailseal/policy: rows in the order in which they were added. */
class Table implements DomainTable {
  readonly log: string[] = [];
  #rows: readonly (ActiveKey & { readonly domain: string })[] = [];
  find(of: string): readonly ActiveKey[] {
    return this.#rows.filter((row) => row.domain === of);
  }
  add(of: string, selector: string, keyFile: string): void {
    this.log.push(`+${selector}`);
    this.#rows = [
      ...this.#rows.filter((row) => row.domain !== of || row.selector !== selector),
      { domain: of, selector, keyFile },
    ];
  }
  remove(of: string, selector: string): number {
    this.log.push(`-${selector}`);
    const before = this.#rows.length;
    this.#rows = this.#rows.filter((row) => row.domain !== of || row.selector !== selector);
    return before - this.#rows.length;
  }
}

const kinds: readonly (readonly [string, () => Activation])[] = [
  ["activeFile", () => activeFile(temporaryDirectory("test"))],
  ["domainTable", () => domainTable(new Table())],
  [
    "commandActivation",
    () => commandActivation({ argv: ["/bin/true"] }, temporaryDirectory("test")),
  ],
];

test.each(kinds)("%s says what it was told, for each domain", async (_, make) => {
  const activation = make();
  expect(await activation.active(domain)).toEqual([]);
  await activation.activate(domain, [old]);
  await activation.activate("example.net", [rsa]);
  await activation.activate(domain, [rsa, ed]);
  await activation.activate(domain, [rsa, ed]);
  expect(await activation.active(domain)).toEqual([rsa, ed]);
  expect(await activation.active("example.net")).toEqual([rsa]);
});

test("domainTable adds before it removes, and touches no row that is right", async () => {
  const table = new Table();
  const activation = domainTable(table);
  await activation.activate(domain, [old, rsa]);
  await activation.activate(domain, [rsa, ed]);
  await activation.activate(domain, [rsa, { ...ed, keyFile: "/elsewhere" }]);
  expect(table.log).toEqual(["+old", "+r1", "+e1", "-old", "+e1"]);
});

describe("activeFile", () => {
  test.each(["", "[]", '{"keys": [{"selector": 1}]}'])("refuses a file with %j", async (text) => {
    const directory = temporaryDirectory("test");
    mkdirSync(join(directory, domain));
    writeFileSync(join(directory, domain, "active.json"), text);
    await expect(activeFile(directory).active(domain)).rejects.toMatchObject({
      code: "active-file",
    });
  });
});

describe("commandActivation", () => {
  test("gives the command domain and keys", async () => {
    const directory = temporaryDirectory("test");
    const out = join(directory, "out");
    const script = `const { MAILSEAL_ACTION: a, MAILSEAL_DOMAIN: d, MAILSEAL_KEYS: k } = process.env;
      fs.writeFileSync(${JSON.stringify(out)}, JSON.stringify([a, d, JSON.parse(k)]))`;
    const argv = [process.execPath, "-e", script];
    await commandActivation({ argv }, directory).activate(domain, [rsa, ed]);
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(["activate", domain, [rsa, ed]]);
  });

  test("remembers nothing of a command that failed", async () => {
    const activation = commandActivation({ argv: ["/bin/false"] }, temporaryDirectory("test"));
    await expect(activation.activate(domain, [rsa])).rejects.toMatchObject({ code: "hook-failed" });
    expect(await activation.active(domain)).toEqual([]);
  });
});
