import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publishablePackages } from "../src/publishable.ts";
import { bumpedVersions, copyRepository } from "../src/scratch-repository.ts";

const packages = publishablePackages();

describe("changeset version, all packages at 1.2.3", { timeout: 120_000 }, () => {
  let scratch = "";
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "mailseal-versions-"));
    await copyRepository(scratch, "1.2.3");
  }, 120_000);
  afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 5 }));

  // A version outside ^1.2.3, so whoever names it needs a release to get it. Whoever depends on these gets
  // their 1.2.4 without one.
  test.each(["@mailseal/syntax", "@mailseal/dns-record", "@mailseal/signer"])(
    "a major change of %s bumps it and what depends on it, and nothing else",
    async (changed) => {
      const dependents = packages.filter(({ manifest: { dependencies = {} } }) =>
        Object.hasOwn(dependencies, changed),
      );
      expect(await bumpedVersions(scratch, changed, "major")).toEqual({
        ...Object.fromEntries(dependents.map(({ name }) => [name, "1.2.4"])),
        [changed]: "2.0.0",
      });
    },
  );

  // ^1.2.3 admits the new version: the packages above get it without a release of their own.
  test.each([
    ["@mailseal/syntax", "patch", "1.2.4"],
    ["@mailseal/dns-record", "minor", "1.3.0"],
    ["@mailseal/signer", "patch", "1.2.4"],
  ] as const)("%s can make a %s release alone", async (changed, bump, version) => {
    expect(await bumpedVersions(scratch, changed, bump)).toEqual({ [changed]: version });
  });
});
