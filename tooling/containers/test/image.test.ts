import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { validate } from "dockerfile-utils";
import { describe, expect, test } from "vitest";
import { type App, dockerfileOf, imageIn, readImage } from "../src/image.ts";

const apps: readonly App[] = ["cli", "relay", "worker"];

describe.each(apps)("the Dockerfile of %s", (app) => {
  const text = readFileSync(dockerfileOf(app), "utf8");
  const image = readImage(app);

  test("is without complaint of the linter", () => {
    expect(
      validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`),
    ).toEqual([]);
  });

  test("runs as a user that is not root, by number", () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  test("starts from a slim image of the Node that the workspace is tested with", () => {
    const [major] = process.versions.node.split(".");
    expect(image.base).toMatch(new RegExp(`^node:${major}-[a-z]+-slim$`));
  });

  test("takes its files from the script of the Debian package, and nothing else", () => {
    expect(image.copies).toEqual([["/staged", "/usr/lib/mailseal"]]);
    expect(text).toContain(`node tooling/packaging/src/file-list.ts ${app} /staged\n`);
  });

  test("starts the program without a shell", () => {
    const name = app === "cli" ? "mailseal" : `mailseal-${app}`;
    expect(image.entrypoint).toEqual(["node", `/usr/lib/mailseal/${app}/${name}.js`]);
  });

  test("is not in the npm package: it builds from the repository", () => {
    const manifest = JSON.parse(
      readFileSync(join(repositoryRoot, "apps", app, "package.json"), "utf8"),
    ) as { readonly files: readonly string[] };
    expect(manifest.files).not.toContain("Dockerfile");
  });
});

test.each(["relay", "worker"] as const)("the health of %s is asked with its own config", (app) => {
  const { health, entrypoint, command } = readImage(app);
  expect(health).toEqual([...entrypoint, ...command, "--health"]);
});

describe("a Dockerfile is refused", () => {
  const good = 'FROM a:1\nUSER 1:1\nWORKDIR /\nHEALTHCHECK NONE\nENTRYPOINT ["a"]\nCMD ["b"]\n';

  test.each([
    ["without USER", good.replace("USER 1:1\n", ""), /expected USER/],
    ["with a shell as entry", good.replace('["a"]', "a"), /expected ENTRYPOINT as a list of words/],
    ["without HEALTHCHECK", good.replace("HEALTHCHECK NONE\n", ""), /expected HEALTHCHECK/],
  ])("%s", (_, text, message) => {
    expect(imageIn(good).command).toEqual(["b"]);
    expect(() => imageIn(text)).toThrow(message);
  });

  test("by the linter, for an instruction that does not exist", () => {
    expect(validate(good.replace("WORKDIR", "WORKDIRR"))).not.toEqual([]);
  });
});
