import { readFileSync } from "node:fs";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import type { ImportedConfig } from "../import/imported-config.ts";
import type { ReadText } from "../import/opendkim-files.ts";
import { print } from "../output.ts";
import { printable } from "../terminal.ts";
import { warn } from "../warnings.ts";

type Import = (file: string, readText: ReadText) => ImportedConfig;

export function importCommand(finish: (code: ExitCode) => void): Command {
  return new Command("import")
    .summary("turn another program's configuration into ours")
    .description("Write a mailseal config that does what another program's config says.")
    .addCommand(
      importFrom(
        "opendkim",
        "opendkim.conf with its KeyTable, SigningTable and host lists",
        async () => (await import("../import/opendkim.ts")).importOpendkim,
        finish,
      ),
    )
    .addCommand(
      importFrom(
        "momentum",
        "a Momentum config, or its opendkim {} stanza",
        async () => (await import("../import/momentum.ts")).importMomentum,
        finish,
      ),
    );
}

function importFrom(
  program: string,
  what: string,
  load: () => Promise<Import>,
  finish: (code: ExitCode) => void,
): Command {
  return new Command(program)
    .summary(`from ${what}`)
    .description(
      `Read ${what}, and write the same as YAML. What could not be carried over is told on standard error and at the top of the YAML.`,
    )
    .argument(
      "<file>",
      `the file, as in ${program === "opendkim" ? "/etc/opendkim.conf" : "ecelerity.conf"}`,
    )
    .option("--json", "print {config, notes} as JSON")
    .addHelpText(
      "after",
      `
Exit: 0 all was carried over, 1 something was not, 2 wrong use, 3 the file cannot be read

Example:
  mailseal import ${program} ${program === "opendkim" ? "/etc/opendkim.conf" : "ecelerity.conf"} > mailseal.yaml`,
    )
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const imported = await readImport(load, file);
      if (options.json === true) {
        await print(`${JSON.stringify(imported)}\n`);
      } else {
        await print(await asYaml(imported, program, file));
        for (const note of imported.notes) {
          warn(`not carried over: ${note}`);
        }
      }
      finish(imported.notes.length === 0 ? exitCode.ok : exitCode.no);
    });
}

async function readImport(load: () => Promise<Import>, file: string): Promise<ImportedConfig> {
  const { MomentumImportError } = await import("../import/momentum.ts");
  const readConfig = await load();
  try {
    return readConfig(file, (name) => readFileSync(name, "utf8"));
  } catch (error) {
    if (error instanceof MomentumImportError || (error instanceof Error && "code" in error)) {
      throw new CommandFailure(exitCode.unreadable, error.message);
    }
    throw error;
  }
}

async function asYaml(
  { config, notes }: ImportedConfig,
  program: string,
  file: string,
): Promise<string> {
  const { stringify } = await import("yaml");
  const lost = notes.map((note) => `# not carried over: ${printable(note)}\n`).join("");
  return `# Made by mailseal import ${program} from ${printable(file)}\n${lost}${stringify(config)}`;
}
