import { setTimeout as delay } from "node:timers/promises";
import { helpEnd } from "@mailseal/service/command-line";
import {
  parseSnapshot,
  reportOf,
  resetAnswer,
  signingStatsText,
  type Snapshot,
  StatisticsError,
  type StatisticsReport,
  verificationText,
} from "@mailseal/stats";
import { Command, InvalidArgumentError } from "commander";
import {
  type AdminOptions,
  askAdmin,
  refusal,
  demoPage,
  relaySocket,
  workerSocket,
  withAdminOptions,
} from "../admin/admin-client.ts";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { print } from "../output/output.ts";

interface StatsOptions extends AdminOptions {
  readonly verification?: true;
  readonly domain?: string;
  readonly binding?: string;
  readonly top?: number;
  readonly json?: true;
  readonly watch?: number | true;
}

const addresses = [relaySocket, demoPage, workerSocket];
const defaultWatchSeconds = 2;
/** Clears the screen and its scrollback, and moves the cursor to the top. */
const clearScreen = "\u001b[H\u001b[2J\u001b[3J";

export function statsCommand(): Command {
  const command = withAdminOptions(
    new Command("stats")
      .summary("print the statistics of a running relay or worker")
      .description(
        "Print the signing statistics of a running relay or worker, summed over all its processes.",
      )
      .option("--verification", "print the verification statistics instead")
      .option("--domain <domain>", "only this domain")
      .option("--binding <binding>", "only this binding")
      .option(
        "--top <number>",
        "only this many rows per scope: those with the most messages",
        whole,
      )
      .option("--json", "print everything as JSON")
      .option(
        "--watch [seconds]",
        `repeat at this interval (default: ${defaultWatchSeconds} seconds)`,
        seconds,
      )
      .addHelpText(
        "after",
        helpEnd({
          exit: {
            0: "the statistics were printed",
            3: "no program answers, or it refuses the request",
          },
          examples: ["mailseal stats --watch", "mailseal stats --verification --top 10"],
        }),
      ),
    addresses,
  ).action((options: StatsOptions) => stats(options));
  command.addCommand(
    new Command("reset")
      .summary("set all counters to zero, in all processes at once")
      .description(
        "Set all counters of a running relay or worker to zero, in all its processes at once. It takes --admin and --token-file like mailseal stats.",
      )
      .addHelpText(
        "after",
        helpEnd({
          exit: {
            0: "the counters are zero",
            3: "no program answers, or it refuses the request",
          },
          examples: ["mailseal stats reset"],
        }),
      )
      .action((_own: unknown, reset: Command) => resetStats(reset.optsWithGlobals<StatsOptions>())),
  );
  return command;
}

async function stats(options: StatsOptions): Promise<void> {
  const { watch } = options;
  if (watch === undefined) {
    await print(textOf(await ask(options), options));
    return;
  }
  const pauseMs = (watch === true ? defaultWatchSeconds : watch) * 1000;
  for (;;) {
    const text = textOf(await ask(options), options);
    if (!(await print(process.stdout.isTTY ? clearScreen + text : text))) return;
    await delay(pauseMs);
  }
}

async function resetStats(options: StatsOptions): Promise<void> {
  const { status, body } = await askAdmin(options, "POST", "/stats/reset", addresses);
  if (status !== 200) throw refusal(status, body);
  await print(`${resetAnswer}\n`);
}

async function ask(options: StatsOptions): Promise<Snapshot> {
  const { domain, binding, top } = options;
  // A named row may not be among the top rows.
  const some = top !== undefined && domain === undefined && binding === undefined;
  const { status, body } = await askAdmin(
    options,
    "GET",
    some ? `/stats?top=${top}` : "/stats",
    addresses,
  );
  if (status !== 200) throw refusal(status, body);
  try {
    return parseSnapshot(body);
  } catch (error) {
    if (!(error instanceof StatisticsError)) throw error;
    throw new CommandFailure(
      exitCode.unreadable,
      `the statistics are from another version of Mailseal: ${error.message}; install the same version on both sides`,
    );
  }
}

function textOf(snapshot: Snapshot, options: StatsOptions): string {
  const { verification, json, domain, binding, top } = options;
  if (json === true) {
    return `${JSON.stringify(ofNames(reportOf(snapshot, top), { domain, binding }))}\n`;
  }
  const chosen = {
    ...(domain === undefined ? {} : { domain }),
    ...(top === undefined ? {} : { top }),
  };
  return verification === true
    ? verificationText(snapshot, chosen)
    : `${signingStatsText(snapshot, { ...chosen, ...(binding === undefined ? {} : { binding }) })}`;
}

/** Leaves out the rows of other domains and bindings. */
function ofNames(
  report: StatisticsReport,
  {
    domain,
    binding,
  }: { readonly domain: string | undefined; readonly binding: string | undefined },
): StatisticsReport {
  const wanted = new Map<string, string>();
  if (domain !== undefined) wanted.set("domain", domain.toLowerCase());
  if (binding !== undefined) wanted.set("binding", binding);
  const tables = Object.entries(report.tables).map(([name, table]) => {
    const rows = table.rows.filter(({ names }) =>
      table.dimensions.every((dimension, at) => names[at] === (wanted.get(dimension) ?? names[at])),
    );
    return [name, { ...table, rows }];
  });
  return { ...report, tables: Object.fromEntries(tables) as StatisticsReport["tables"] };
}

function whole(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError("expected a whole number of at least 1");
}

function seconds(value: string): number {
  const number = Number(value);
  if (number >= 0.1 && number <= 86_400) return number;
  throw new InvalidArgumentError("expected a number of seconds, at least 0.1");
}
