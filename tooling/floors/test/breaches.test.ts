import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { breachesOf } from "../src/breaches.ts";
import { readPackages } from "../src/package-files.ts";
import { readUses } from "../src/source-uses.ts";
import { wallClockPlaces } from "../src/wall-clock.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mailseal-floors-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Writes one package and returns its breaches as "path:line reason". */
function check(
  directory: string,
  files: Readonly<Record<string, string>>,
  dependencies: readonly string[] = [],
  devDependencies: readonly string[] = ["@mailseal/tsconfig"],
): readonly string[] {
  const manifest = {
    name: `@mailseal/${directory.split("/")[1]}`,
    dependencies: Object.fromEntries(dependencies.map((name) => [name, "workspace:^"])),
    devDependencies: Object.fromEntries(devDependencies.map((name) => [name, "workspace:*"])),
  };
  const all = { "package.json": JSON.stringify(manifest, undefined, 2), ...files };
  for (const [path, text] of Object.entries(all)) {
    const file = join(root, directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return readPackages(root)
    .flatMap((checked) => breachesOf(checked))
    .map(({ file, line, reason }) => `${file}:${line} ${reason}`);
}

describe("a package may import the floors below", () => {
  test.each([
    ["packages/signer", "@mailseal/syntax"],
    ["packages/verifier", "@mailseal/dns-record"],
    ["packages/policy", "@mailseal/crypto"],
    ["apps/relay", "@mailseal/policy"],
    ["packages/crypto", "node-forge"],
  ])("%s imports %s", (directory, name) => {
    expect(check(directory, { "src/index.ts": `export * from "${name}";` }, [name])).toEqual([]);
  });

  test("an app bundles the private package of the programs", () => {
    const source = `export * from "@mailseal/service/config";`;
    expect(check("apps/relay", { "src/index.ts": source }, [], ["@mailseal/service"])).toEqual([]);
  });

  test("and a subpath of them, itself, and its own files", () => {
    const source = `import "@mailseal/crypto/forge"; import "@mailseal/signer"; import "./a/b.ts";`;
    expect(check("packages/signer", { "src/x.ts": source }, ["@mailseal/crypto"])).toEqual([]);
  });

  test("in tests anything", () => {
    const files = { "test/x.test.ts": `import "@mailseal/verifier"; import "node:fs";` };
    expect(check("packages/syntax", files)).toEqual([]);
  });
});

describe("a breach is named with file and line", () => {
  test.each([
    ["packages/crypto", "@mailseal/syntax", "a neighbour above"],
    ["packages/crypto", "@mailseal/signer", "a higher floor"],
    ["packages/signer", "@mailseal/verifier", "a neighbour above"],
    ["packages/errors", "@mailseal/syntax", "where it may import none"],
    ["packages/signer", "@mailseal/cli", "an app"],
    ["apps/relay", "@mailseal/cli", "an app from an app"],
    ["packages/signer", "@mailseal/testkit", "tooling"],
  ])("%s imports %s: %s", (directory, name) => {
    const found = check(directory, { "src/x.ts": `\nimport "${name}";` }, [name]);
    expect(found).toEqual([
      expect.stringMatching(`^${directory}/package\\.json:4 imports ${name};`),
      expect.stringMatching(`^${directory}/src/x\\.ts:2 imports ${name};`),
    ]);
  });

  test("a private package that an app would have to install", () => {
    const source = `export * from "@mailseal/service";`;
    const found = check("apps/relay", { "src/x.ts": source }, ["@mailseal/service"]);
    expect(found).toEqual([
      expect.stringMatching(/^apps\/relay\/package\.json:4 .*list it under "devDependencies"/),
    ]);
  });

  test("a private package that an app does not declare", () => {
    const found = check("apps/relay", { "src/x.ts": `export * from "@mailseal/service";` });
    expect(found).toEqual([
      expect.stringMatching(/^apps\/relay\/src\/x\.ts:1 .*to "devDependencies"/),
    ]);
  });

  test("in every form an import can take", () => {
    const source = [
      `import type { A } from "@mailseal/signer";`,
      `export { b } from "@mailseal/signer";`,
      `export * from "@mailseal/signer";`,
      `const c = await import("@mailseal/signer");`,
      `const d = require("@mailseal/signer");`,
      `const e = import.meta.resolve("@mailseal/signer");`,
      `type F = import("@mailseal/signer").F;`,
      "const g = import(`@mailseal/signer`);",
    ].join("\n");
    const found = check("packages/syntax", { "src/x.ts": source });
    expect(found.map((line) => line.split(" ")[0])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((line) => `packages/syntax/src/x.ts:${line}`),
    );
  });

  test("but not in a comment, a string or a regular expression", () => {
    const source = [
      `// import "@mailseal/signer"`,
      `/* export * from "@mailseal/signer" */`,
      `const a = 'import "@mailseal/signer"', b = /import("@mailseal\\/signer")/;`,
    ].join("\n");
    expect(check("packages/syntax", { "src/x.ts": source })).toEqual([]);
  });

  test("an import that package.json does not declare", () => {
    const found = check("packages/signer", { "src/x.ts": `import "@mailseal/syntax/deep";` });
    expect(found).toEqual([expect.stringContaining('add @mailseal/syntax to "dependencies"')]);
  });

  test("a development dependency, outside the sources that are bundled with it", () => {
    const sources = { "src/portable/x.ts": `import "forge";`, "src/y.ts": `import "forge";` };
    expect(check("packages/verifier", sources, [], ["forge"])).toEqual([
      expect.stringMatching(/^packages\/verifier\/src\/y\.ts:1 imports forge/),
    ]);
  });

  test("a file of another package", () => {
    const found = check("packages/signer", { "src/x.ts": `import "../../syntax/src/index.ts";` });
    expect(found).toEqual([expect.stringContaining("a file of another package")]);
  });

  test("a package that stands on no floor", () => {
    expect(check("packages/attic", {})).toEqual([
      expect.stringMatching(
        /^packages\/attic\/package\.json:1 @mailseal\/attic stands on no floor/,
      ),
    ]);
  });
});

describe("a library touches neither disk, network, environment nor console", () => {
  test.each([
    `import "node:fs";`,
    `import "fs";`,
    `import "node:fs/promises";`,
    `import "node:dns/promises";`,
    `import "node:net";`,
    `import "node:http";`,
    `import "node:https";`,
    `import "node:dgram";`,
    `import "node:tls";`,
    `import "node:child_process";`,
    `await fetch("https://example.com");`,
    `const limit = process.env.LIMIT;`,
    `const limit = process["env"].LIMIT;`,
    `import { env } from "node:process";`,
    `const { env } = process;`,
    `console.log("x");`,
    `globalThis.console.error("x");`,
    `const { log } = console;`,
  ])("%s", (source) => {
    expect(check("packages/verifier", { "src/x.ts": source })).toHaveLength(1);
  });

  test.each([
    ["packages/dns-record", "src/resolver/wire-resolver.ts", "src/record/key-record.ts"],
    ["packages/stats", "src/store/file-store.ts", "src/table/counter.ts"],
  ])("%s reaches out in %s, not in %s", (directory, outside, inside) => {
    const source = `import "node:fs"; import "node:dgram";`;
    const found = check(directory, { [outside]: source, [inside]: source });
    expect(found.map((line) => line.split(" ")[0])).toEqual([
      `${directory}/${inside}:1`,
      `${directory}/${inside}:1`,
    ]);
  });

  test("policy and queue reach out, but do not log either", () => {
    const source = `import "node:fs";\nconsole.log(process.env.HOME);`;
    for (const directory of ["packages/policy", "packages/queue"]) {
      check(directory, { "src/x.ts": source });
    }
    const found = readPackages(root).flatMap((checked) => breachesOf(checked));
    expect(found.map(({ file, line }) => `${file}:${line}`)).toEqual([
      "packages/policy/src/x.ts:2",
      "packages/policy/src/x.ts:2",
      "packages/queue/src/x.ts:2",
      "packages/queue/src/x.ts:2",
    ]);
  });

  test("an app does all of it", () => {
    const source = `import "node:fs"; console.log(process.env.HOME, await fetch("x:"));`;
    expect(check("apps/cli", { "src/x.ts": source, "bin/x.js": source })).toEqual([]);
  });
});

describe("durations come from the monotonic clock: the wall clock is not read", () => {
  test.each([
    "const start = Date.now();",
    "const now = options.now ?? Date.now;",
    `const now = globalThis.Date["now"]();`,
    "const { now } = Date;",
    "const at = new Date();",
    "const at = Date();",
  ])("%s", (source) => {
    for (const directory of ["packages/delivery", "apps/relay"]) {
      check(directory, { "src/x.ts": source });
    }
    const found = readPackages(root).flatMap((checked) => breachesOf(checked));
    expect(found.map(({ file }) => file)).toEqual([
      "apps/relay/src/x.ts",
      "packages/delivery/src/x.ts",
    ]);
    expect(found[0]?.reason).toContain("performance.now()");
  });

  test("a time that is known may be written as a date", () => {
    const source =
      "const text = new Date(atMs).toISOString(); const ms = Date.UTC(2026, 1); Date.parse(text);";
    expect(check("packages/delivery", { "src/x.ts": source })).toEqual([]);
  });

  test("but in the files that are named with a reason, and each of those does", () => {
    for (const [path, reason] of wallClockPlaces) {
      const text = readFileSync(join(repository, path), "utf8");
      const uses = readUses(text).map((use) => use.kind === "global" && use.name);
      expect(uses, `${path}: ${reason}`).toContain("wall clock");
    }
  });
});

test("this repository keeps the rule", () => {
  const packages = readPackages(repository);
  expect(packages.map((checked) => checked.directory)).toContain("packages/verifier");
  expect(packages.flatMap((checked) => breachesOf(checked))).toEqual([]);
});
