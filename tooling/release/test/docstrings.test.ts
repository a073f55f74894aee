import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { denoRuntime } from "@mailseal/runtimes/process-runtime";
import { describe, expect, test } from "vitest";
import { exportedDeclarations, exportedNames } from "../src/exported-declarations.ts";
import { publishablePackages } from "../src/publishable.ts";

/** The libraries that applications use directly: members of their types have docstrings, too. */
const direct = new Set(
  ["signer", "verifier", "dns-record", "crypto", "canonicalization", "syntax"].map(
    (name) => `@mailseal/${name}`,
  ),
);
const packages = publishablePackages().map(({ name, directory, manifest }) => ({
  name,
  directory,
  entries: Object.values(manifest.exports ?? {})
    .map((path) => String(path).replace("./dist/", "").replace(/\.js$/, ""))
    .filter((entry) => existsSync(join(directory, "src", `${entry}.ts`))),
}));
/** Every export as `name from module`. */
const exported: ReadonlySet<string> = new Set(
  packages.flatMap(({ name, directory, entries }) =>
    entries.flatMap((entry) => {
      const specifier = entry === "index" ? name : `${name}/${entry}`;
      const names = exportedNames(join(directory, "dist", `${entry}.d.ts`));
      return names.map((each) => `${each} from ${specifier}`);
    }),
  ),
);
const deno = denoRuntime();

/** The code of the examples in a docstring. */
function examplesIn(docstring: string): readonly string[] {
  return Array.from(docstring.matchAll(/ \* ```ts\n([^]*?)\n\s*\* ```/g), ([, code = ""]) =>
    code.replaceAll(/^\s*\* ?/gm, ""),
  );
}

/** What an example imports from our packages, as `name from module`. */
function importsIn(code: string): readonly string[] {
  const statements = code.matchAll(/^import (?:type )?\{([^}]*)\} from "(@mailseal\/[^"]+)"/gm);
  return Array.from(statements).flatMap(([, names = "", specifier = ""]) =>
    names
      .split(",")
      .map((name) => name.trim().replace(/^type /, ""))
      .filter((name) => name !== "")
      .map((name) => `${name.split(" as ")[0]} from ${specifier}`),
  );
}

describe.each(packages)("$name", ({ directory, entries }) => {
  const declarations = entries.flatMap((entry) =>
    exportedDeclarations(join(directory, "dist", `${entry}.d.ts`)),
  );

  test("every export has a docstring", () => {
    expect(declarations.length).toBeGreaterThan(0);
    const without = declarations.filter(({ docstring }) => docstring === "");
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  test("every function, class and constant has an example", () => {
    const without = declarations.filter(
      ({ isValue, docstring }) => isValue && !docstring.includes("```ts"),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  test("every example is TypeScript, and imports what the packages export", () => {
    for (const { name, docstring } of declarations) {
      for (const code of examplesIn(docstring)) {
        expect(() => stripTypeScriptTypes(code), `${name}: ${code}`).not.toThrow();
        for (const imported of importsIn(code)) expect(exported, name).toContain(imported);
      }
    }
  });

  test("every entry point begins with a description", () => {
    for (const entry of entries) {
      const text = readFileSync(join(directory, "src", `${entry}.ts`), "utf8");
      expect(text.replaceAll(/^import [^;]*;\n/gm, ""), entry).toMatch(/^\s*\/\*\*/);
    }
  });
});

describe.skipIf(deno === undefined).each(packages.filter(({ name }) => direct.has(name)))(
  "$name",
  ({ directory, entries }) => {
    test("`deno doc --lint` misses nothing, members included", async () => {
      const files = entries.map((entry) => join("src", `${entry}.ts`));
      const output = await new Promise<string>((resolve) => {
        const environment = { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
        const options = { cwd: directory, env: environment };
        execFile(deno?.program ?? "", ["doc", "--lint", ...files], options, (_, stdout, stderr) =>
          resolve(stdout + stderr),
        );
      });
      const complaints = Array.from(output.matchAll(/^error\[.*$/gm), ([line]) => line);
      // The names of algorithms are read from their table, whose rows are nobody's business.
      const others = complaints.filter((line) => !line.endsWith("references private type 'rows'"));
      expect(output).toMatch(/Checked \d+ file|error: Found/);
      expect(others).toEqual([]);
    });
  },
);
