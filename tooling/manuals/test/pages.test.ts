import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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

const built = described.map((program) => {
  const folder = program.name.replace(/^mailseal-?/, "") || "cli";
  return { ...program, app: new URL(`../../../apps/${folder}/`, import.meta.url) };
});

function manifestOf(app: URL): { readonly version: string; readonly man?: readonly string[] } {
  return JSON.parse(readFileSync(new URL("package.json", app), "utf8")) as ReturnType<
    typeof manifestOf
  >;
}

test("every command of every program has a page", () => {
  expect(pages.length).toBeGreaterThan(40);
  expect(pages.filter(({ page }) => page === "").map(({ file }) => file)).toEqual([]);
});

test("no option states its default twice", () => {
  const options = pages.flatMap(({ file, command }) =>
    command.options.map((option) => ({ file, ...option })),
  );
  expect(options.length).toBeGreaterThan(200);
  const twice = options.filter(
    ({ description, defaultText }) => defaultText !== undefined && description.includes("(default"),
  );
  expect(twice.map(({ file, flags }) => `${file} ${flags.join(", ")}`)).toEqual([]);
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
      const named = value?.isVariadic === true ? `${value.name} ...` : value?.name;
      const name = value?.isOptional === true ? `[${named}]` : named;
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
  for (const { app, name, section, files } of built) {
    const { version } = manifestOf(app);
    const written = ["man", "completion"].flatMap((part) =>
      readdirSync(new URL(`dist/${part}/`, app)).map((file) => `${part}/${file}`),
    );
    expect(written.toSorted()).toEqual([...files.keys()].toSorted());
    const page = readFileSync(new URL(`dist/man/${name}.${section}`, app), "utf8");
    expect(page).toContain(`"Mailseal ${version}"`);
  }
});

/** Npm installs the pages that "man" lists, and only with a package that is installed globally. */
test("the package of each program lists its pages (UPDATE_MAN=1 writes the list)", () => {
  for (const { app, files } of built) {
    const man = [...files.keys()]
      .filter((file) => file.startsWith("man/"))
      .map((file) => `./dist/${file}`)
      .toSorted();
    if (process.env["UPDATE_MAN"] === "1") {
      const manifest = { ...manifestOf(app), man };
      writeFileSync(new URL("package.json", app), `${JSON.stringify(manifest, undefined, 2)}\n`);
    }
    expect(manifestOf(app).man).toEqual(man);
  }
});
