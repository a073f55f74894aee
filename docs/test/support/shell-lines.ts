import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DescribedCommand, DescribedOption } from "@mailseal/service/command-line";
import { repositoryRoot } from "@mailseal/testkit";
import { programs } from "../../site/programs.ts";
import { readRepository } from "../../site/repository.ts";

/** The commands of a shell block, one a line, without comments and the rest of a pipe. */
export function commandLines(block: string): readonly (readonly string[])[] {
  return block
    .replaceAll(/\\\n\s*/g, " ")
    .replaceAll(/(^|\s)#.*$/gm, "")
    .replaceAll(/^source <\((.*)\)$/gm, "$1")
    .split(/\n|&&|;/)
    .map((line) => line.replace(/\s*[<>|].*$/, "").trim())
    .filter((line) => line !== "")
    .map(wordsOf);
}

function wordsOf(line: string): readonly string[] {
  return Array.from(
    line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, one, two, plain]) => one ?? two ?? plain ?? "",
  );
}

/**
 * Why a command line cannot be right: a package that nobody publishes, a script that does not exist, a command or an
 * option that our programs do not have. Undefined if it can.
 */
export function faultIn(words: readonly string[]): string | undefined {
  const [program = "", ...rest] = words;
  if (program === "npm") return faultOfNpm(rest);
  const described = programs().find(({ path }) => path[0] === program);
  if (described !== undefined) return faultOfCommand(described, rest);
  if (program === "apt-get") return rest[0] === "install" ? undefined : "expected apt-get install";
  return `no test runs ${program}: run the page on a stage (tooling/guides), or use another language than sh`;
}

function faultOfNpm([verb = "", ...rest]: readonly string[]): string | undefined {
  const names = rest.filter((word) => !word.startsWith("-"));
  switch (verb) {
    case "start":
    case "test":
      return faultOfScript(verb);
    case "run":
      return faultOfScript(names[0] ?? "");
    case "install":
    case "uninstall": {
      const known = knownPackages();
      const unknown = names.filter((name) => !known.has(name.replace(/(?<=.)@.*$/, "")));
      return unknown.length === 0
        ? undefined
        : `no package of ours or of the catalog: ${unknown.join(" ")}`;
    }
    default:
      return `npm ${verb} is not known to this test`;
  }
}

function faultOfScript(name: string): string | undefined {
  const { scripts } = JSON.parse(readRepository("package.json")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return Object.hasOwn(scripts, name) ? undefined : `package.json has no script "${name}"`;
}

/** Our packages, and those of the catalog. */
function knownPackages(): ReadonlySet<string> {
  const readme = readRepository("README.md");
  const ours = Array.from(
    readme.matchAll(/^\| \[`(@mailseal\/[\w-]+)`\]/gm),
    ([, name = ""]) => name,
  );
  const workspace = readFileSync(join(repositoryRoot, "pnpm-workspace.yaml"), "utf8");
  const catalog = Array.from(
    workspace.matchAll(/^ {2}"?([@\w/.-]+)"?: /gm),
    ([, name = ""]) => name,
  );
  return new Set([...ours, ...catalog]);
}

function faultOfCommand(program: DescribedCommand, words: readonly string[]): string | undefined {
  let command = program;
  let isValue = false;
  for (const word of words) {
    if (isValue) {
      isValue = false;
    } else if (word.startsWith("-")) {
      const option = optionOf(word, [...command.options, ...command.inheritedOptions]);
      if (option === undefined) return `${command.path.join(" ")} has no option ${word}`;
      isValue = option.value !== undefined && !word.includes("=");
    } else {
      const next = command.commands.find(({ path }) => path.at(-1) === word);
      if (next !== undefined) command = next;
      else if (command.arguments.length === 0)
        return `${command.path.join(" ")} has no command ${word}`;
    }
  }
  return undefined;
}

function optionOf(word: string, options: readonly DescribedOption[]): DescribedOption | undefined {
  const [flag = ""] = word.split("=");
  return options.find(({ flags }) => flags.includes(flag));
}
