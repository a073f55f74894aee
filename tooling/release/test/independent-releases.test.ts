import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firstLine, run } from "../src/commands.ts";
import {
  compileProject,
  installedPackages,
  installProject,
  packTarball,
} from "../src/empty-project.ts";
import { installedTrees } from "../src/installed-trees.ts";
import { type PackageMetadata, releaseProblems, rootMetadata } from "../src/metadata.ts";
import { publishablePackages } from "../src/publishable.ts";
import { installNode, oldestMajorOf, oldestNodes, registryAnswers } from "../src/registry.ts";

const packages = publishablePackages();
/** Their README's example is a server; its argument is the port. */
const serving: ReadonlySet<string> = new Set(["@mailseal/milter"]);
const majors = [...Object.keys(oldestNodes), "24"];
const canInstall = process.env["CI"] ? true : await registryAnswers();

test("every publishable package has its list of what it may install", () => {
  expect(packages.map(({ name }) => name)).toEqual([...installedTrees.keys()].toSorted());
});

test.each(packages)("$name admits the oldest Node it is tried on", ({ name, manifest }) => {
  const oldest = oldestNodes[oldestMajorOf(name)];
  expect(manifest.engines?.["node"]).toBe(`>=${oldest.replace(/\.\d+$/, "")}`);
});

test.each(packages)("$name needs no package that needs a newer Node", ({ name, needs }) => {
  const oldest = Number(oldestMajorOf(name));
  expect(needs.filter((needed) => Number(oldestMajorOf(needed)) > oldest)).toEqual([]);
});

test.runIf(process.platform === "linux")("the workspace runs on Node 24", () => {
  expect(process.versions.node).toMatch(/^24\./);
});

describe.runIf(canInstall)(
  "alone in an empty project, from the npm registry",
  { timeout: 300_000 },
  () => {
    let scratch = "";
    const nodes = new Map([["24", process.execPath]]);
    const projectOf = (name: string): string => join(scratch, name.replace("@mailseal/", ""));

    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), "mailseal-release-"));
      const [tarballDirectory, nodeDirectory] = [
        join(scratch, ".tarballs"),
        join(scratch, ".node"),
      ];
      await mkdir(tarballDirectory);
      for (const [major, version] of Object.entries(oldestNodes)) {
        nodes.set(major, await installNode(join(nodeDirectory, major), version));
      }
      const tarballs = await Promise.all(
        packages.map((packed) => packTarball(packed, tarballDirectory)),
      );
      const tarballOf = new Map(packages.map(({ name }, index) => [name, tarballs[index] ?? ""]));
      const [first, ...others] = packages.map(
        (tested) => () => installProject(projectOf(tested.name), tested, tarballOf),
      );
      // The first fills npm's cache with what the others share.
      await first?.();
      await Promise.all(others.map((install) => install()));
    }, 600_000);
    afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 5 }));

    describe.each(packages)("$name", ({ name, manifest }) => {
      const majorsOfPackage = majors.slice(majors.indexOf(oldestMajorOf(name)));

      test("installs nothing but what it may", async () => {
        const others = (await installedPackages(projectOf(name))).filter((other) => other !== name);
        expect(others).toEqual(installedTrees.get(name));
      });

      test("has all that npm needs to publish it with provenance", async () => {
        const file = join(projectOf(name), "node_modules", name, "package.json");
        const installed = JSON.parse(await readFile(file, "utf8")) as PackageMetadata;
        expect(installed.name).toBe(name);
        expect(releaseProblems(installed, rootMetadata.repository.url)).toEqual([]);
      });

      test("type-checks, every entry point and the README's example", async () => {
        expect(await compileProject(projectOf(name))).toBe("");
      });

      test.each(majorsOfPackage)("runs the README's example on Node %s", async (major) => {
        const example = join("out", "example.js");
        const node = nodes.get(major) ?? "";
        const stdout = serving.has(name)
          ? await firstLine(node, [example, "0"], projectOf(name))
          : await run(node, [example], projectOf(name));
        expect(stdout.trim()).not.toBe("");
      });

      test.each(
        Object.keys(manifest.bin ?? {}).flatMap((program) =>
          majorsOfPackage.map((major) => [program, major] as const),
        ),
      )("runs %s --help on Node %s", async (program, major) => {
        const file = join("node_modules", name, manifest.bin?.[program] ?? "");
        const stdout = await run(nodes.get(major) ?? "", [file, "--help"], projectOf(name));
        expect(stdout).toContain(program);
      });
    });
  },
);
