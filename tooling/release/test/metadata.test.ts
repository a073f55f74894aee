import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import {
  derivedMetadata,
  type PackageMetadata,
  releaseProblems,
  repositoryPage,
  rootMetadata,
} from "../src/metadata.ts";
import { publishablePackages } from "../src/publishable.ts";

const published = publishablePackages();

describe("every published package", () => {
  test("has its addresses, license and author from the package.json of the workspace", () => {
    for (const { name, directory } of published) {
      const file = join(directory, "package.json");
      const manifest = readManifest(file);
      const derived = derivedMetadata(directory);
      if (process.env["UPDATE_METADATA"] !== undefined) {
        writeFileSync(file, `${JSON.stringify({ ...manifest, ...derived }, null, 2)}\n`);
      }
      expect(readManifest(file), name).toMatchObject(derived);
    }
  });

  test.each(published)("$name has a description and keywords of its own", ({ directory }) => {
    const { description, keywords } = readManifest(join(directory, "package.json"));
    expect(String(description).length).toBeGreaterThan(20);
    expect(keywords).toBeInstanceOf(Array);
    expect((keywords as readonly string[]).length).toBeGreaterThanOrEqual(3);
    expect(new Set(keywords as readonly string[]).size).toBe((keywords as unknown[]).length);
  });

  test.each(published)("$name is packed with its changelog", ({ directory }) => {
    const { files } = readManifest(join(directory, "package.json")) as {
      readonly files: readonly string[];
    };
    expect(files).toContain("CHANGELOG.md");
  });
});

test("every other package of the workspace is private", () => {
  const names = new Set(published.map(({ name }) => name));
  const others = globSync(
    ["packages/*", "apps/*", "tooling/*", "examples/*", "docs/*"].map((it) => `${it}/package.json`),
    {
      cwd: repositoryRoot,
      exclude: (path) => basename(path) === "node_modules",
    },
  ).map((file) => ({ folder: dirname(file), manifest: readManifest(join(repositoryRoot, file)) }));
  const open = others.filter(
    ({ manifest }) => !names.has(String(manifest.name)) && manifest.private !== true,
  );
  expect(others.length).toBeGreaterThan(published.length);
  expect(open.map(({ folder }) => folder)).toEqual([]);
});

test("no private package has settings for publishing", () => {
  const files = globSync(["packages/*/package.json", "tooling/*/package.json"], {
    cwd: repositoryRoot,
  });
  const wrong = files.filter((file) => {
    const manifest = readManifest(join(repositoryRoot, file));
    return manifest.private === true && manifest.publishConfig !== undefined;
  });
  expect(files.length).toBeGreaterThan(0);
  expect(wrong).toEqual([]);
});

describe("the address of the repository", () => {
  test("is one that npm checks provenance by", () => {
    expect(rootMetadata.repository.url).toBe(`git+${repositoryPage}.git`);
    expect(repositoryPage).toMatch(/^https:\/\/github\.com\/[\w-]+\/[\w-]+$/);
  });
});

describe("the problems of a release", () => {
  const url = "git+https://github.com/owner/name.git";
  const good = {
    version: "1.2.3",
    repository: { type: "git", url, directory: "packages/signer" },
    publishConfig: { access: "public", provenance: true },
    dependencies: { "@mailseal/syntax": "^1.2.3", yaml: "^2.9.1", "smtp-server": "~3.21.6" },
    peerDependencies: { nodemailer: ">=6.9", "@nats-io/obj": "^3.3.0" },
  };

  test("are none for a complete package", () => {
    expect(releaseProblems(good, url)).toEqual([]);
  });

  test.each([
    [
      "another repository",
      { repository: { ...good.repository, url: "https://github.com/owner/name" } },
      "repository.url: https://github.com/owner/name",
    ],
    ["no directory in the repository", { repository: { url } }, "repository.directory"],
    [
      "restricted access",
      { publishConfig: { provenance: true } },
      "publishConfig.access: undefined",
    ],
    [
      "no provenance",
      { publishConfig: { access: "public" } },
      "publishConfig.provenance: undefined",
    ],
    ["a pre-release", { version: "1.2.3-next.0" }, "version: 1.2.3-next.0"],
    ["a pinned dependency", { dependencies: { yaml: "2.9.1" } }, "yaml: 2.9.1"],
    ["a pinned peer", { peerDependencies: { "@nats-io/obj": "3.4.0" } }, "@nats-io/obj: 3.4.0"],
    ["a range of the workspace", { dependencies: { yaml: "catalog:" } }, "yaml: catalog:"],
    [
      "a link to the workspace",
      { dependencies: { "@mailseal/syntax": "workspace:^" } },
      "@mailseal/syntax: workspace:^",
    ],
    [
      "a caret for undocumented members",
      { dependencies: { "smtp-server": "^3.21.6" } },
      "smtp-server: ^3.21.6",
    ],
  ])("%s", (_, change, problem) => {
    expect(releaseProblems({ ...good, ...change }, url)).toEqual([problem]);
  });
});

function readManifest(file: string): PackageMetadata & { readonly private?: boolean } {
  return JSON.parse(readFileSync(file, "utf8")) as PackageMetadata & { readonly private?: boolean };
}
