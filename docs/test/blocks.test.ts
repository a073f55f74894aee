import { readConfig, formatProblem } from "@mailseal/config";
import { guides } from "@mailseal/guides";
import { blocksOf, fileOf } from "@mailseal/testkit/page-blocks";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { handWrittenPages } from "../site/pages.ts";
import { readRepository } from "../site/repository.ts";
import { commandLines, faultIn } from "./support/shell-lines.ts";

/** Pages whose shell blocks run from the first to the last on a machine of their own. */
const played = new Set([
  ...guides.map(({ page }) => page),
  // tooling/debian-recipe
  "docs/guides/postfix.md",
  "docs/guides/sendmail.md",
  // tooling/containers checks its commands, which need a container engine, and CI runs them.
  "docs/guides/containers.md",
]);
const environment = { DKIM_KEY: "MII", SMTP_PASSWORD: "x", NATS_PASSWORD: "x" };

const pages = handWrittenPages().map(({ source }) => ({
  source,
  blocks: blocksOf(readRepository(source)),
}));

test("every page that is played exists", () => {
  const sources = new Set(pages.map(({ source }) => source));
  expect([...played].filter((page) => !sources.has(page))).toEqual([]);
});

describe("every YAML block is a config that can be used, or another file that can be read", () => {
  const withYaml = pages
    .map(
      ({ source, blocks }) =>
        [source, blocks.filter(({ language }) => /^ya?ml$/.test(language))] as const,
    )
    .filter(([, blocks]) => blocks.length > 0);

  test.each(withYaml)("%s", (source, blocks) => {
    for (const block of blocks) {
      const place = `${source}:${block.line}`;
      const file = fileOf(block);
      if (isOtherFile(file, block.code)) {
        expect(parse(block.code), place).toBeTypeOf("object");
        continue;
      }
      const { config, problems } = readConfig(block.code, { environment });
      expect(
        problems.filter(({ level }) => level === "error").map((it) => formatProblem(place, it)),
      ).toEqual([]);
      expect(config, place).toBeDefined();
    }
  });

  /** Files of Prometheus, of containers and of CI. */
  function isOtherFile(file: string | undefined, code: string): boolean {
    return (
      (file !== undefined && !file.endsWith("mailseal.yaml")) ||
      /^(scrape_configs|groups|services|rule_files|global):/m.test(code)
    );
  }
});

describe("every shell block of a page that is not played has commands that exist", () => {
  const withShell = pages
    .filter(({ source }) => !played.has(source))
    .map(
      ({ source, blocks }) =>
        [
          source,
          blocks.filter(({ language }) => /^(sh|bash|shell|console)$/.test(language)),
        ] as const,
    )
    .filter(([source, blocks]) => blocks.length > 0 && !source.startsWith("examples/"));

  test.each(withShell)("%s", (source, blocks) => {
    const faults = blocks.flatMap(({ code, line }) =>
      commandLines(code).flatMap((words) => {
        const fault = faultIn(words);
        return fault === undefined ? [] : [`${source}:${line}: ${words.join(" ")}: ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
  });
});
