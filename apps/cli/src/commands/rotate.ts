import { MailsealError } from "@mailseal/errors";
import type { Advance, RotationSetup, RotationState, StartOptions } from "@mailseal/rotation";
import { helpEnd } from "@mailseal/service/command-line";
import { Command } from "commander";
import { checkSigner, type SignerOptions, unknownSigner } from "../admin/signer-check.ts";
import { type ExitCode, exitCode, worst } from "../exit-code.ts";
import { domainName } from "../options/values.ts";
import { print, warn } from "../output/output.ts";
import { noRotation, type OpenState, withState } from "../rotate/open-rotation.ts";
import { advanceText, historyText, statusText } from "../rotate/rotation-text.ts";
import {
  addStartOptions,
  keyOwnerOf,
  planOf,
  setupOf,
  type StartCommandOptions,
} from "../rotate/start-options.ts";

interface CommonOptions {
  readonly state: string;
  readonly domain?: string;
  readonly json?: boolean;
}

interface DryOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

type DomainOptions<Options extends CommonOptions> = Options & { readonly domain: string };

const defaultState = "/var/lib/mailseal/rotation.db";

export function rotateCommand(finish: (code: ExitCode) => void): Command {
  return new Command("rotate")
    .summary("rotate the keys of a domain, step by step over weeks")
    .description(
      "Rotate keys in seven steps: generate, publish, confirm in DNS, activate, overlap, revoke, retire. Start a rotation, then run `mailseal rotate run` regularly from cron or a timer. A key signs only after every resolver returns its record.",
    )
    .addCommand(startCommand(finish))
    .addCommand(runCommand(finish))
    .addCommand(statusCommand())
    .addCommand(historyCommand())
    .addCommand(abortCommand(finish));
}

/** A subcommand with the options that all have in common. */
function rotationCommand(name: string, domains: "one domain" | "any domain"): Command {
  const command = new Command(name);
  const withDomain =
    domains === "one domain"
      ? command.requiredOption("-d, --domain <domain>", "the signing domain", domainName)
      : command.option("-d, --domain <domain>", "only this domain", domainName);
  return withDomain
    .option("--state <file>", "the state of all rotations: an SQLite file", defaultState)
    .option("--json", "print JSON");
}

function startCommand(finish: (code: ExitCode) => void): Command {
  return addStartOptions(rotationCommand("start", "one domain"))
    .summary("start a rotation and take the steps that are possible now")
    .description(
      "Start rotating the keys of a domain and take the first steps. The state file keeps all options but no secrets, which stay in their own files.",
    )
    .option("--dry-run", "print the plan and change nothing")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the rotation has started",
          1: "a rotation is in progress, or an option to confirm the change is missing",
          3: "something cannot be read or written",
          75: "a step failed; mailseal rotate run retries it",
        },
        examples: [
          "mailseal rotate start -d example.com --keys /etc/mailseal/keys -t rsa -t ed25519 \\",
          "  --publish update --server 192.0.2.53 --tsig /etc/mailseal/update.key \\",
          "  --resolver 192.0.2.53 --resolver 198.51.100.53 --database /var/lib/mailseal/keys.db",
          "mailseal rotate start -d example.com --keys keys --state rotation.db --dry-run",
        ],
      }),
    )
    .action(async (options: DomainOptions<DryOptions> & StartCommandOptions) => {
      const { domain, parallel, replacePair, changeActivation } = options;
      const setup = { ...setupOf(options), ...(await keyOwnerOf(domain, options)) };
      const start = { plan: planOf(options), setup, parallel, replacePair, changeActivation };
      if (options.dryRun === true) {
        await printProposal(options, start);
        return;
      }
      if (await isSignerUnknown(domain, setup, options)) warn(unknownSigner);
      await withState(options.state, "make", async ({ rotationOf }) => {
        const rotation = rotationOf(setup);
        const { id } = await rotation.start(domain, start);
        finish(await printAdvances(options, await rotation.advance({ domain, rotation: id })));
      });
    });
}

async function isSignerUnknown(
  domain: string,
  { activate, keyDirectory }: RotationSetup,
  options: SignerOptions,
): Promise<boolean> {
  if (activate.method !== "table") return false;
  // The key does not exist yet; only whether a relay answers matters.
  const check = await checkSigner({ domain, selector: "new", keyFile: keyDirectory }, options);
  return check.status === "unknown";
}

async function printProposal(
  options: DomainOptions<DryOptions>,
  start: StartOptions & { readonly setup: RotationSetup },
): Promise<void> {
  const { existsSync } = await import("node:fs");
  // A dry run must not create the state file.
  const path = existsSync(options.state) ? options.state : ":memory:";
  await withState(path, "make", async ({ rotationOf }) => {
    const proposed = await rotationOf(start.setup).propose(options.domain, start);
    const keys = proposed.incoming.map(
      ({ selector, keyFile, type }) => `  would create ${selector} (${type}) in ${keyFile}\n`,
    );
    await printResult(options, proposed, `${proposed.domain}\n${keys.join("")}`);
  });
}

function runCommand(finish: (code: ExitCode) => void): Command {
  return rotationCommand("run", "any domain")
    .summary("take every step that is due")
    .description(
      "Take every step that is due, for all rotations. Run it from cron or a timer; it is safe at any time.",
    )
    .option("--now", "retry failed steps and DNS checks now, before their scheduled time")
    .option("--dry-run", "print the next steps and change nothing")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "all due steps were taken; a rotation may still be waiting for DNS, for you, or for its next step",
          3: "the state, or the table of a domain, cannot be used",
          75: "a step failed, or another process is running; try again later",
        },
        examples: ["mailseal rotate run", "mailseal rotate run --state rotation.db --now"],
      }),
    )
    .action(async (options: DryOptions & { readonly now?: boolean }) => {
      await withState(options.state, "existing", async (state) => {
        if (options.dryRun === true) {
          await printStatus(state, options, "open");
          return;
        }
        const patience = options.now === true ? "eager" : "scheduled";
        const advances: Advance[] = [];
        let unusable: ExitCode = exitCode.ok;
        for (const open of state.openRotations(options.domain)) {
          const { domain, id } = open;
          try {
            // One after the other, because the state file has one writer.
            const rotation = state.rotationOfState(open);
            advances.push(...(await rotation.advance({ domain, rotation: id, patience })));
          } catch (error) {
            // One unusable table or server must not stop the other domains.
            if (!(error instanceof MailsealError)) throw error;
            warn(`${domain}: ${error.message}`);
            unusable = exitCode.unreadable;
          }
        }
        finish(worst(await printAdvances(options, advances), unusable));
      });
    });
}

function statusCommand(): Command {
  return rotationCommand("status", "any domain")
    .summary("show the state of rotations, and what you have to do")
    .description(
      "Show the stage of each rotation, the time of its next step, and what you have to do.",
    )
    .option("--all", "include rotations that have ended")
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the status was printed", 3: "the state cannot be used" },
        examples: ["mailseal rotate status --state rotation.db"],
      }),
    )
    .action(async (options: CommonOptions & { readonly all?: boolean }) => {
      await withState(options.state, "existing", (state) =>
        printStatus(state, options, options.all === true ? "all" : "open"),
      );
    });
}

function historyCommand(): Command {
  return rotationCommand("history", "any domain")
    .summary("list the steps that were taken, with their times")
    .description("List every step that was taken, oldest first.")
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the history was printed", 3: "the state cannot be used" },
        examples: ["mailseal rotate history -d example.com"],
      }),
    )
    .action(async (options: CommonOptions) => {
      await withState(options.state, "existing", async ({ journal }) => {
        const entries = journal.history(options.domain);
        await printResult(options, entries, historyText(entries));
      });
    });
}

function abortCommand(finish: (code: ExitCode) => void): Command {
  return rotationCommand("abort", "one domain")
    .summary("cancel a rotation and keep the old key")
    .description(
      "Cancel the latest rotation of a domain. A new key that has not signed yet is removed. If it has signed, the domain returns to the old key once DNS returns its record, and the new key is retired after its overlap.",
    )
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the rotation is being cancelled",
          1: "there is no rotation, or the old key is already revoked",
          3: "the state cannot be used",
          75: "a step failed, or another process is running; try again later",
        },
        examples: ["mailseal rotate abort -d example.com"],
      }),
    )
    .action(async (options: DomainOptions<CommonOptions>) => {
      const { domain } = options;
      await withState(options.state, "existing", async (state) => {
        const latest = state.openRotations(domain).at(-1) ?? state.journal.rotations(domain).at(-1);
        if (latest === undefined) throw noRotation(domain);
        const rotation = state.rotationOfState(latest);
        const { id } = await rotation.abort(domain);
        finish(await printAdvances(options, await rotation.advance({ domain, rotation: id })));
      });
    });
}

async function printStatus(
  { journal, openRotations, rotationOfState }: OpenState,
  options: CommonOptions,
  which: "open" | "all",
): Promise<void> {
  const previews = openRotations(options.domain).flatMap((open) =>
    rotationOfState(open).preview({ domain: open.domain, rotation: open.id }),
  );
  const states: readonly RotationState[] =
    which === "all" ? journal.rotations(options.domain) : previews.map(({ state }) => state);
  const next = new Map(previews.map((preview) => [preview.state.id, preview.next]));
  const listed = states.map((state) => ({ ...state, next: next.get(state.id) ?? null }));
  await printResult(options, listed, statusText(states, previews));
}

/** Prints the steps that were taken, and resolves to the exit code. */
async function printAdvances(
  options: CommonOptions,
  advances: readonly Advance[],
): Promise<ExitCode> {
  const text = advances.map(advanceText).join("");
  await printResult(options, advances, text === "" ? "No step is due.\n" : text);
  const failed = advances.some(
    (advance) => advance.kind === "busy" || advance.state.cause === "failed",
  );
  return failed ? exitCode.temporary : exitCode.ok;
}

async function printResult({ json }: CommonOptions, value: unknown, text: string): Promise<void> {
  await print(json === true ? `${JSON.stringify(value)}\n` : text);
}
