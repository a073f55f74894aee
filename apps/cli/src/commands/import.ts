import { readFileSync } from "node:fs";
import { helpEnd } from "@mailseal/service/command-line";
import { printable } from "@mailseal/syntax";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { cannotRead } from "../files/input.ts";
import type { AccountedLine, LineFate } from "../import/account.ts";
import { type ImportedConfig, ImportError, type ReadText } from "../import/imported-config.ts";
import { print, warn } from "../output/output.ts";

type Import = (file: string, readText: ReadText) => ImportedConfig;

interface Source {
  readonly program: string;
  /** The files that are read, for the help. */
  readonly what: string;
  /** The usual path, for the help. */
  readonly example: string;
  readonly load: () => Promise<Import>;
}

const sources: readonly Source[] = [
  {
    program: "opendkim",
    what: "opendkim.conf with its KeyTable, SigningTable and host lists",
    example: "/etc/opendkim.conf",
    load: async () => (await import("../import/opendkim/opendkim.ts")).importOpendkim,
  },
  {
    program: "momentum",
    what: "a Momentum config, or its opendkim {} stanza",
    example: "ecelerity.conf",
    load: async () => (await import("../import/momentum/momentum.ts")).importMomentum,
  },
  {
    program: "rspamd",
    what: "rspamd's dkim_signing.conf from local.d and override.d with its maps, or its whole directory",
    example: "/etc/rspamd",
    load: async () => (await import("../import/rspamd/rspamd.ts")).importRspamd,
  },
  {
    program: "kumomta",
    what: "dkim_data.toml of the KumoMTA policy helper dkim_sign",
    example: "/opt/kumomta/etc/policy/dkim_data.toml",
    load: async () => (await import("../import/kumomta/kumomta.ts")).importKumomta,
  },
];

const fates: readonly (readonly [fate: LineFate, words: string])[] = [
  ["not-carried", "not carried over"],
  ["not-needed", "not needed"],
  ["carried", "carried over"],
];

export function importCommand(finish: (code: ExitCode) => void): Command {
  const command = new Command("import")
    .summary("convert the configuration of another program")
    .description("Convert the configuration of another DKIM program into a Mailseal config.");
  for (const source of sources) command.addCommand(importFrom(source, finish));
  return command;
}

function importFrom(source: Source, finish: (code: ExitCode) => void): Command {
  const { program, what, example } = source;
  return new Command(program)
    .summary(`convert ${what}`)
    .description(
      `Convert ${what}, and print the config as YAML. Comments above it account for every line of the source: carried over, not needed (with the reason), or not carried over (with what to do instead). Lines that are not carried over, and warnings, also go to standard error.`,
    )
    .argument("<file>", `the file, such as ${example}`)
    .option("--json", "print {config, account, warnings, problems} as JSON")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "every line was carried over or is not needed",
          1: "a line was not carried over, or config check refuses the result",
          3: "the file cannot be read",
        },
        examples: [
          `mailseal import ${program} ${example} > mailseal.yaml && mailseal config check mailseal.yaml`,
        ],
      }),
    )
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const imported = await readImport(source, file);
      const { stringify } = await import("yaml");
      const yaml = stringify(imported.config);
      const problems = await errorsOf(yaml);
      if (options.json === true) {
        await print(`${JSON.stringify({ ...imported, problems })}\n`);
      } else {
        const title = `# Converted from ${printable(file)} by mailseal import ${program}\n`;
        await print(`${title}${accountText(imported)}${yaml}`);
        for (const line of imported.account) {
          if (line.fate === "not-carried") warn(`not carried over: ${placed(line)}`);
        }
        for (const warning of imported.warnings) warn(`warning: ${placed(warning)}`);
        for (const problem of problems) warn(`config check will refuse the result: ${problem}`);
      }
      const isWhole = imported.account.every(({ fate }) => fate !== "not-carried");
      finish(isWhole && problems.length === 0 ? exitCode.ok : exitCode.no);
    });
}

async function readImport({ load }: Source, file: string): Promise<ImportedConfig> {
  const readConfig = await load();
  try {
    return readConfig(file, (name) => readFileSync(name, "utf8"));
  } catch (error) {
    if (error instanceof ImportError) {
      throw new CommandFailure(exitCode.unreadable, error.message);
    }
    if (!(error instanceof Error && "code" in error)) throw error;
    const { path } = error as NodeJS.ErrnoException;
    throw cannotRead(path ?? file, error);
  }
}

/** The errors of the converted config. The import itself checks the keys. */
async function errorsOf(yaml: string): Promise<readonly string[]> {
  const { readConfig } = await import("@mailseal/config");
  const { problems } = readConfig(yaml, { environment: process.env });
  return problems
    .filter(({ level }) => level === "error")
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
}

/** The account as YAML comments; lines that need attention come first. */
function accountText({ account, warnings }: ImportedConfig): string {
  const sections = fates.map(([fate, words]) => {
    const lines = account.filter((line) => line.fate === fate);
    return lines.length === 0 ? "" : section(`${words} (${lines.length})`, lines);
  });
  const warned = warnings.length === 0 ? "" : section(`warnings (${warnings.length})`, warnings);
  return `${warned}${sections.join("")}#\n`;
}

function section(
  title: string,
  lines: readonly Pick<AccountedLine, "file" | "line" | "text">[],
): string {
  return `#\n# ${title}:\n${lines.map((line) => `#   ${printable(placed(line))}\n`).join("")}`;
}

function placed({ file, line, text }: Pick<AccountedLine, "file" | "line" | "text">): string {
  return `${file}:${line}: ${text}`;
}
