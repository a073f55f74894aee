import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configOptions, formatProblem, readConfig } from "@mailseal/config";
import { describe, expect, test } from "vitest";
import { pageName } from "../src/command-page.ts";
import { firstExample, secondExample } from "../src/config-page.ts";
import { literal } from "../src/roff.ts";
import { describedPrograms } from "./described-programs.ts";

const described = await describedPrograms();
const pages = described.flatMap(({ section, commands, files }) =>
  commands.map((command) => {
    const file = `man/${pageName(command)}.${section}`;
    return { file, command, page: files.get(file) ?? "" };
  }),
);

test("every command of every program has a page", () => {
  expect(pages.length).toBeGreaterThan(40);
  expect(pages.filter(({ page }) => page === "").map(({ file }) => file)).toEqual([]);
});

/** The terms of a page with the text below each, as a reader sees them. */
function entriesOf(page: string): ReadonlyMap<string, string> {
  const entries = page.split(/^\.TP\n/m).slice(1);
  return new Map(
    entries.map((entry) => {
      const [term = "", ...body] = entry.split(/\n\.S[HS]/)[0]?.split("\n") ?? [];
      return [plain(term), plain(body.filter((line) => line !== ".br").join(" "))];
    }),
  );
}

const glyphs: readonly (readonly [string | RegExp, string])[] = [
  [/\\f[BIR]/g, ""],
  ["\\-", "-"],
  ["\\(aq", "'"],
  ["\\(dq", '"'],
  ["\\(ga", "`"],
  ["\\(ti", "~"],
  ["\\(ha", "^"],
  ["\\e", "\\"],
];

function plain(text: string): string {
  return glyphs.reduce((read, [escape, glyph]) => read.replaceAll(escape, glyph), text);
}

/** A description without its marks, and without its first letter, which becomes a capital one. */
function textOf(description: string): string {
  return description
    .replaceAll("`", "")
    .replaceAll(/<([a-z][\w-]*)>/g, "$1")
    .slice(1);
}

describe.each(pages)("$file", ({ command, page }) => {
  const lines = page.split("\n");
  const entries = entriesOf(page);

  test("has every option with its description", () => {
    for (const { flags, value, description, defaultText } of command.options) {
      const name = value?.isOptional === true ? `[${value.name}]` : value?.name;
      const term = [flags.join(", "), ...(name === undefined ? [] : [name])].join(" ");
      expect(entries.get(term)).toContain(textOf(description));
      if (defaultText !== undefined) expect(entries.get(term)).toContain(`: ${defaultText}.`);
      if (value?.takes.kind === "choices") {
        expect(entries.get(term)).toContain(`Values: ${value.takes.choices.join(", ")}.`);
      }
    }
  });

  test("has every argument, command, exit code and example", () => {
    for (const { name, description } of command.arguments) {
      expect(entries.get(name)).toContain(textOf(description));
    }
    for (const each of command.commands) {
      expect(page).toContain(`.TP\n\\fB${literal(pageName(each))}\\fR(`);
    }
    const { exit = {}, examples = [] } = command.end ?? {};
    for (const [code, meaning] of Object.entries(exit)) {
      expect(entries.get(code)).toContain(textOf(meaning));
    }
    const text = plain(lines.join(" ")).replaceAll(/ +(?:\\ +)?/g, " ");
    for (const example of examples) {
      expect(text).toContain(
        example
          .trim()
          .replaceAll(/ +(?:\\$)?/g, " ")
          .trim(),
      );
    }
  });

  test("has the sections of a man page, in their order", () => {
    const sections = [...page.matchAll(/^\.SH (.*)$/gm)].map(([, name = ""]) => name);
    const order = [
      "NAME",
      "SYNOPSIS",
      "DESCRIPTION",
      "COMMANDS",
      "ARGUMENTS",
      "OPTIONS",
      "SIGNALS",
      "EXIT STATUS",
      "FILES",
      "ENVIRONMENT",
      "EXAMPLES",
      "SEE ALSO",
    ];
    expect(sections).toEqual(order.filter((name) => sections.includes(name)));
    expect(sections).toEqual(
      expect.arrayContaining(
        [
          "NAME",
          "SYNOPSIS",
          "DESCRIPTION",
          "OPTIONS",
          "ENVIRONMENT",
          "EXAMPLES",
          "SEE ALSO",
        ].concat(
          // The commands of a group have codes of their own.
          command.end === undefined && command.commands.length > 0 ? [] : ["EXIT STATUS"],
        ),
      ),
    );
  });

  test("refers to pages that exist", () => {
    const names = new Set(described.flatMap(({ files }) => [...files.keys()]));
    for (const [, name = "", section = ""] of page.matchAll(/\\fB([\w.\\-]+)\\fR\((\d)\)/g)) {
      expect(names).toContain(`man/${name.replaceAll("\\-", "-")}.${section}`);
    }
  });
});

describe("mailseal.yaml.5", () => {
  const page = described[0]?.files.get("man/mailseal.yaml.5") ?? "";
  const firstNamed = configOptions()[1]?.name ?? "";

  test.each(configOptions())(
    "has every option of $name with its description",
    ({ name, options }) => {
      const [, section = ""] = page.split(`.SS "${name === "top level" ? name : literal(name)}"`);
      // The maps of the top level are sections of their own, up to the first section with a name.
      const [text = ""] = section.split(name === "top level" ? `.SS "${firstNamed}"` : "\n.S");
      const entries = entriesOf(text);
      for (const { name: option, description, defaultText } of options) {
        expect(entries.get(option)).toContain(textOf(description));
        if (defaultText !== undefined)
          expect(entries.get(option)).toContain(`Default: ${defaultText}.`);
      }
    },
  );

  test.each([firstExample, secondExample])("has an example that can be used", (example) => {
    const { config, problems } = readConfig(example);
    expect(problems.map((problem) => formatProblem("example", problem))).toEqual([]);
    expect(config).toBeDefined();
    expect(page).toContain(literal(example.trimEnd()));
  });
});

test("the build of each program writes its pages and completion scripts", () => {
  for (const { name, files } of described) {
    const app = new URL(
      `../../../apps/${name.replace(/^mailseal-?/, "") || "cli"}/`,
      import.meta.url,
    );
    const { version, directories } = JSON.parse(
      readFileSync(new URL("package.json", app), "utf8"),
    ) as { readonly version: string; readonly directories: { readonly man: string } };
    const folder = new URL(`${directories.man}/`, app).pathname;
    const built = ["man", "completion"].flatMap((part) =>
      readdirSync(join(folder, "..", part)).map((file) => `${part}/${file}`),
    );
    expect(built.toSorted()).toEqual([...files.keys()].toSorted());
    const page = readFileSync(join(folder, `${name}.${name === "mailseal" ? 1 : 8}`), "utf8");
    expect(page).toContain(`"Mailseal ${version}"`);
  }
});
