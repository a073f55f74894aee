import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { repositoryPage } from "../src/metadata.ts";

const read = (file: string): string => readFileSync(join(repositoryRoot, file), "utf8");
const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: repositoryRoot, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(repositoryRoot, file)));

test(".nvmrc names the Node that the workspace is tested with", () => {
  expect(read(".nvmrc").trim()).toBe(process.versions.node.split(".")[0]);
});

test("every address of the repository is the one in package.json", () => {
  const texts = tracked.filter((file) => /(?:^|[./])(?:md|ya?ml|json|Dockerfile)$/.test(file));
  const [, host = "", path = ""] = /^https:\/\/([^/]+)\/(.+)$/.exec(repositoryPage) ?? [];
  const others: string[] = [];
  let found = 0;
  for (const file of texts.filter((it) => it !== "pnpm-lock.yaml")) {
    for (const [address] of read(file).matchAll(/https:\/\/[\w.-]+\/[\w-]+\/mailseal\b/g)) {
      found += 1;
      if (address !== `https://${host}/${path}`) others.push(`${file}: ${address}`);
    }
  }
  expect(found).toBeGreaterThan(20);
  expect(others).toEqual([]);
});

describe("the links of SECURITY.md and CODE_OF_CONDUCT.md", () => {
  test.each(["SECURITY.md", "CODE_OF_CONDUCT.md"])("%s", (file) => {
    const targets = Array.from(
      read(file).matchAll(/\]\(([^)#]+)[^)]*\)/g),
      ([, target = ""]) => target,
    );
    const missing = targets
      .filter((target) => !target.startsWith("https://"))
      .filter((target) => !existsSync(join(repositoryRoot, dirname(file), target)));
    expect(targets.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });
});

describe("the forms for issues", () => {
  interface Field {
    readonly type: string;
    readonly id?: string;
    readonly attributes: {
      readonly label?: string;
      readonly value?: string;
      readonly options?: readonly string[];
    };
  }
  interface Form {
    readonly name: string;
    readonly description: string;
    readonly body: readonly Field[];
  }
  const folder = ".github/ISSUE_TEMPLATE";
  const forms = tracked.filter(
    (file) => file.startsWith(`${folder}/`) && !file.endsWith("config.yml"),
  );

  test.each(forms)("%s has what GitHub asks of a form", (file) => {
    const { name, description, body } = parse(read(file)) as Form;
    expect([name.length > 3, description.length > 10]).toEqual([true, true]);
    // GitHub does not show a form with any other type, or with two fields of one id.
    const ids = body.flatMap(({ id }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(body.some(({ type }) => type !== "markdown")).toBe(true);
    for (const { type, id = "", attributes } of body) {
      expect(["markdown", "input", "textarea", "dropdown", "checkboxes"]).toContain(type);
      if (type === "markdown") expect(attributes.value).toMatch(/\S/);
      else
        expect([id, attributes.label]).toEqual([
          expect.stringMatching(/^[\w-]+$/),
          expect.any(String),
        ]);
      if (type === "dropdown") expect(attributes.options?.length).toBeGreaterThan(1);
    }
  });

  test("reports of vulnerabilities are led elsewhere", () => {
    const { contact_links: links } = parse(read(`${folder}/config.yml`)) as {
      readonly contact_links: readonly { readonly url: string }[];
    };
    expect(links.map(({ url }) => url)).toContain(`${repositoryPage}/security/advisories/new`);
    expect(read("SECURITY.md")).toContain(`${repositoryPage}/security/advisories/new`);
  });
});
