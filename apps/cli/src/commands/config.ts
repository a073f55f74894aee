import { hostname } from "node:os";
import type * as ConfigPackage from "@mailseal/config";
import type { Config, ConfigProblem } from "@mailseal/config";
import { keySource } from "@mailseal/dns-record";
import type { TestSigning } from "@mailseal/policy";
import { helpEnd } from "@mailseal/service/command-line";
import { paint } from "@mailseal/service/terminal";
import { fromMailboxes, splitMessage, printable } from "@mailseal/syntax";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { loadConfigFile, usableConfig, defaultConfig } from "../files/config-file.ts";
import { resolverFor } from "../options/dns.ts";
import { print } from "../output/output.ts";

export function configCommand(finish: (code: ExitCode) => void): Command {
  return new Command("config")
    .summary("check a config file, or show which scope sets an option")
    .description("Check and explain the config file of mailseal-relay and mailseal-worker.")
    .addCommand(checkCommand(finish))
    .addCommand(explainCommand(finish))
    .addCommand(schemaCommand());
}

function checkCommand(finish: (code: ExitCode) => void): Command {
  return new Command("check")
    .summary("report all errors and warnings")
    .description(
      "Report every problem in a config file with its line, warn about insecure options, and make a test signature for each configured domain.",
    )
    .argument("<file>", "the config file (YAML or JSON)")
    .option("--no-sign", "skip the test signatures")
    .option("--json", "print {file, ok, problems, signatures} as JSON")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the config can be used",
          1: "the config has an error",
          3: "the config cannot be read",
        },
        examples: ["mailseal config check /etc/mailseal/mailseal.yaml"],
      }),
    )
    .action(async (file: string, options: { readonly json?: boolean; readonly sign: boolean }) => {
      const { formatProblem } = await import("@mailseal/config");
      const { config, problems } = await loadConfigFile(file);
      const signatures = config === undefined || !options.sign ? [] : await signAll(config);
      const all = [
        ...problems,
        ...listenerProblems(config),
        ...(await hookProblems(config)),
        ...signatures.flatMap(signingProblem),
        ...keyProblems(signatures),
      ];
      const ok = config !== undefined && all.every(({ level }) => level === "warning");
      if (options.json === true) {
        await print(`${JSON.stringify({ file, ok, problems: all, signatures })}\n`);
      } else {
        for (const problem of all) {
          await print(`${coloured(problem, formatProblem(file, problem))}\n`);
        }
        await print(`${summary(file, { ok, problems: all, signatures })}\n`);
      }
      finish(ok ? exitCode.ok : exitCode.no);
    });
}

/** Makes a test signature for each configured domain. DNS is asked only if the config requires published keys. */
async function signAll(config: Config): Promise<TestSigning[]> {
  const { testSignings } = await import("@mailseal/policy");
  const { resolverOf } = await import("@mailseal/service/config");
  const { zone } = config.dns;
  // An unreadable zone must end in one line here, so the command reads it; everything else is as in the programs.
  const resolver = zone === undefined ? resolverOf(config.dns) : resolverFor({ dns: zone });
  const dnsKeys = keySource(await resolver);
  const signings: TestSigning[] = [];
  for await (const signing of testSignings(config, { dnsKeys, hostname: hostname() })) {
    signings.push(signing);
  }
  return signings;
}

function signingProblem({ domain, binding, problem }: TestSigning): ConfigProblem[] {
  const by = binding === undefined ? "" : ` by binding ${binding}`;
  return problem === undefined
    ? []
    : [
        {
          level: "error",
          path: "",
          message: `mail from ${domain}${by} cannot be signed: ${problem}`,
        },
      ];
}

/** A worker needs no listener, but a relay accepts no mail without one. */
function listenerProblems(config: Config | undefined): ConfigProblem[] {
  const message = "there are no listeners: mailseal-relay would accept no mail; add one";
  return config !== undefined && config.listeners.length === 0 && config.queue === undefined
    ? [{ level: "warning", path: "listeners", message }]
    : [];
}

/** The programs import the hooks module when they start, so it is imported here as well. */
async function hookProblems(config: Config | undefined): Promise<ConfigProblem[]> {
  if (config?.hooks === undefined) {
    return [];
  }
  const { loadHooks } = await import("@mailseal/policy");
  try {
    await loadHooks(config.hooks.module);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ level: "error", path: "hooks.module", message }];
  }
}

/** One warning for each key file, however many domains use it. */
function keyProblems(signings: readonly TestSigning[]): ConfigProblem[] {
  const modes = new Map(
    signings.flatMap(({ exposedKeys }) => exposedKeys.map(({ path, mode }) => [path, mode])),
  );
  return Array.from(modes, ([path, mode]) => ({
    level: "warning",
    path: "",
    message: `other users can read the private key ${path} (mode ${mode}): chmod it to 600 or 640`,
  }));
}

function coloured({ level }: ConfigProblem, line: string): string {
  return paint(level === "error" ? "red" : "yellow", printable(line));
}

interface CheckResult {
  readonly ok: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly signatures: readonly TestSigning[];
}

function summary(file: string, { ok, problems, signatures }: CheckResult): string {
  const errors = problems.filter(({ level }) => level === "error").length;
  const warnings = problems.length - errors;
  const counts = `${errors} ${errors === 1 ? "error" : "errors"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
  const domains = new Set(
    signatures.filter((made) => made.signatures.length > 0).map((made) => made.domain),
  );
  const signed = `${domains.size} ${domains.size === 1 ? "domain" : "domains"} signed a test message`;
  return `${file} ${ok ? "can" : "cannot"} be used: ${counts}; ${signed}`;
}

interface ExplainOptions {
  readonly config: string;
  readonly from: string;
  readonly binding?: string;
  readonly json?: boolean;
}

function explainCommand(finish: (code: ExitCode) => void): Command {
  return new Command("explain")
    .summary("show the value of each option, and the scope that sets it")
    .description(
      "For mail from an address through a binding, show the value of every signing and verification option and the scope of the config that sets it.",
    )
    .requiredOption("-c, --config <file>", "the config file", defaultConfig)
    .requiredOption("--from <address>", "the address in From, or its domain")
    .option("--binding <name>", "the outbound binding (default: defaultBinding of the config)")
    .option("--json", "print {domain, binding, scopes, signing, verification} as JSON")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the options were printed",
          1: "the config has an error",
          3: "the config cannot be read",
        },
        examples: ["mailseal config explain --from a@example.com --binding pool-a"],
      }),
    )
    .action(async (options: ExplainOptions) => {
      const policy = await import("@mailseal/config");
      const config = await usableConfig(options.config);
      const binding = options.binding ?? config.defaultBinding;
      if (binding !== undefined && policy.findBinding(config, binding) === undefined) {
        throw new CommandFailure(
          exitCode.misuse,
          `--binding: ${options.config} has no binding ${JSON.stringify(binding)}; expected one of: ${[...policy.bindingNames(config)].join(", ") || "none is configured"}`,
        );
      }
      const query = { domain: domainOf(options.from), binding };
      const scopes = policy.scopesFor(config, query).map(({ name }) => name);
      const signing = policy.decideSigning(config, query);
      const verification = policy.decideVerification(config, query);
      await print(
        options.json === true
          ? `${JSON.stringify({
              domain: query.domain,
              binding: binding ?? null,
              scopes,
              signing: Object.fromEntries(
                [...signing].map(([option, { value, scope }]) => [
                  option,
                  { value: policy.maskedOption(option, value), scope },
                ]),
              ),
              verification: Object.fromEntries(verification),
            })}\n`
          : explained(query, scopes, [
              section("signing", signing, policy),
              section("verification", verification, policy),
            ]),
      );
      finish(exitCode.ok);
    });
}

type Decisions = ReadonlyMap<string, { readonly value: unknown; readonly scope: string }>;

interface Section {
  readonly title: string;
  readonly rows: readonly {
    readonly option: string;
    readonly value: string;
    readonly scope: string;
  }[];
}

function explained(
  query: { readonly domain: string; readonly binding: string | undefined },
  scopes: readonly string[],
  sections: readonly Section[],
): string {
  const by = query.binding === undefined ? "no binding" : `binding ${query.binding}`;
  const lines = [`From ${query.domain}, ${by}. Scopes; the first that sets an option decides it:`];
  lines.push(...scopes.map((scope, index) => `  ${index + 1}. ${scope}`));
  for (const { title, rows } of sections) {
    const width = Math.max(...rows.map(({ option }) => option.length));
    lines.push("", paint("bold", title));
    for (const { option, value, scope } of rows) {
      lines.push(`  ${option.padEnd(width)}  ${value}  ${paint("dim", `(${scope})`)}`);
    }
  }
  return `${lines.map(printable).join("\n")}\n`;
}

/** The decisions of a section, with values as a person writes them and without secrets. */
function section(
  title: "signing" | "verification",
  decisions: Decisions,
  { maskedOption, durationOptions }: Pick<typeof ConfigPackage, "maskedOption" | "durationOptions">,
): Section {
  const durations = durationOptions(title);
  const rows = Array.from(decisions, ([option, { value, scope }]) => ({
    option,
    scope,
    value:
      durations.has(option) && typeof value === "number"
        ? durationText(value)
        : JSON.stringify(maskedOption(option, value)),
  }));
  return { title, rows };
}

function durationText(milliseconds: number): string {
  return milliseconds % 86_400_000 === 0
    ? `${milliseconds / 86_400_000}d`
    : `${milliseconds / 1000}s`;
}

function domainOf(address: string): string {
  const message = splitMessage(Buffer.from(`From: ${address}\r\n\r\n`));
  const domain = address.includes("@") ? fromMailboxes(message)[0]?.domain : address.toLowerCase();
  if (domain === undefined) {
    throw new CommandFailure(
      exitCode.misuse,
      `--from: ${JSON.stringify(address.slice(0, 80))} is not an address; expected one such as a@example.com`,
    );
  }
  return domain;
}

function schemaCommand(): Command {
  return new Command("schema")
    .summary("print the JSON Schema of the config file")
    .description(
      "Print the JSON Schema of the config file, for completion and checks in an editor.",
    )
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the schema was printed" },
        examples: ["mailseal config schema > mailseal.schema.json"],
      }),
    )
    .action(async () => {
      const { configJsonSchema } = await import("@mailseal/config");
      await print(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
    });
}
