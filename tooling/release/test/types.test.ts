import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../src/commands.ts";
import { installLibraries } from "../src/installed-libraries.ts";
import { publishablePackages } from "../src/publishable.ts";
import { registryAnswers } from "../src/registry.ts";

/** Not among the packages of this one, whose `tsc` must stay that of the workspace. */
const compilerRequire = createRequire(join(repositoryRoot, "tooling", "tsconfig", "package.json"));
const libraries = ["@mailseal/signer", "@mailseal/verifier"];
const canInstall = process.env["CI"] ? true : await registryAnswers();

const application = `
import { createSigner, generateKey } from "@mailseal/signer";
import { dohResolver, keySource } from "@mailseal/dns-record";
import { verify, type VerificationReport } from "@mailseal/verifier";

const signer = createSigner({ domain: "example.com", selector: "mail", key: generateKey({ type: "ed25519" }) });
const signed: Uint8Array = signer.sign(new TextEncoder().encode("From: ada@example.com\\r\\n\\r\\n")).toBytes();
const keys = keySource(dohResolver({ url: "https://dns.example/dns-query" }));
export const report: Promise<VerificationReport> = verify(signed, { keys });
`;

const strict = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  target: "es2022",
  module: "nodenext",
};
/** Configurations of a project that uses the libraries, by the name of their file. */
const projects = {
  "with-node-types": {
    compilerOptions: {
      ...strict,
      lib: ["es2022"],
      types: ["node"],
      typeRoots: [join(repositoryRoot, "node_modules", "@types")],
    },
    files: ["entry-points.ts"],
  },
  "without-node-types": {
    compilerOptions: { ...strict, lib: ["es2022", "dom", "esnext.disposable"], types: [] },
    files: ["entry-points.ts"],
  },
  "as-tsc-init-writes-it": {
    compilerOptions: { ...strict, lib: ["es2022", "dom"], types: [], skipLibCheck: true },
    files: ["application.ts"],
  },
};

describe.runIf(canInstall)("the types of the libraries", { timeout: 120_000 }, () => {
  let directory = "";
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "mailseal-types-"));
    await installLibraries(directory, libraries);
    const all = publishablePackages();
    const used = new Set([
      ...libraries,
      ...all.filter(({ name }) => libraries.includes(name)).flatMap(({ needs }) => needs),
    ]);
    const entryPoints = all
      .filter(({ name }) => used.has(name))
      .flatMap(({ entryPoints: some }) => some)
      .map((entryPoint, index) => `export * as entryPoint${index} from "${entryPoint}";\n`);
    await writeFile(join(directory, "entry-points.ts"), entryPoints.join(""));
    await writeFile(join(directory, "application.ts"), application);
    for (const [name, project] of Object.entries(projects)) {
      await writeFile(join(directory, `${name}.json`), JSON.stringify(project));
    }
  }, 300_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  describe.each(["typescript-5.2", "typescript-5.6"])("with %s", (compiler) => {
    const compile = (project: keyof typeof projects): Promise<string> => {
      const tsc = compilerRequire.resolve(`${compiler}/lib/tsc.js`);
      return run(process.execPath, [tsc, "-p", `${project}.json`], directory).catch(String);
    };

    test("are without complaint", async () => {
      expect(await compile("with-node-types")).toBe("");
    });

    test("need nothing of Node's types but KeyObject, and Worker in the pools", async () => {
      const complaints = (await compile("without-node-types")).match(/error TS\d+: .*/g) ?? [];
      const missing = (name: string): string =>
        `error TS2307: Cannot find module '${name}' or its corresponding type declarations.`;
      expect([...new Set(complaints)].toSorted()).toEqual([
        missing("node:crypto"),
        missing("node:worker_threads"),
      ]);
    });

    test("serve an application without Node's types, if it does not check its dependencies", async () => {
      expect(await compile("as-tsc-init-writes-it")).toBe("");
    });
  });
});
