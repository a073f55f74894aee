import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "@mailseal/config";
import { codeBlocks, repositoryRoot } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { composeFolder, readCompose } from "../src/compose.ts";

/** The page whose commands need a container engine: they are checked against the files, and CI runs `try-compose`. */
const text = readFileSync(join(repositoryRoot, "docs/guides/containers.md"), "utf8");
const commands = codeBlocks(text, "console")
  .join("")
  .split("\n")
  .flatMap((line) => (line.startsWith("$ ") ? [line.slice(2)] : []));
const configs = codeBlocks(text, "yaml");

describe("the guide to containers", () => {
  test.each(configs)("its config loads: %j", (config) => {
    const { problems } = readConfig(config);
    expect(problems.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("shows the listener of the example as it is", () => {
    const example = parse(readFileSync(join(composeFolder, "mailseal.yaml"), "utf8")) as object;
    const [shown = ""] = configs;
    expect(example).toMatchObject(parse(shown) as object);
  });

  test("names files and services that exist", () => {
    const composed = commands.filter((line) => line.startsWith("docker compose "));
    expect(composed.length).toBeGreaterThan(2);
    const services = Object.keys(readCompose().services);
    for (const line of composed) {
      const [, file = ""] = /--file (\S+)/.exec(line) ?? [];
      expect(existsSync(join(repositoryRoot, file)), line).toBe(true);
      const [, service] = /\brun --rm (\S+)/.exec(line) ?? [];
      if (service !== undefined) expect(services).toContain(service);
    }
    for (const [, path = ""] of text.matchAll(/`((?:apps|containers)\/[\w./-]+)`/g)) {
      expect(existsSync(join(repositoryRoot, path)), path).toBe(true);
    }
  });
});
