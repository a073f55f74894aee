import { MailsealError } from "@mailseal/errors";
import type {
  Advance,
  RotationSetup,
  RotationState,
  StartOptions as RotationStart,
} from "@mailseal/rotation";
import { Command } from "commander";
import { checkSigner, type SignerOptions, unknownSigner } from "../admin/signer-check.ts";
import { type ExitCode, exitCode, worst } from "../exit-code.ts";
import { domainName } from "../options/values.ts";
import { helpEnd } from "../output/help.ts";
import { print, warn } from "../output/output.ts";
import { noRotation, type OpenState, withState } from "../rotate/open-rotation.ts";
import { advanceText, historyText, statusText } from "../rotate/rotation-text.ts";
import {
  addStartOptions,
  keyOwnerOf,
  planOf,
  setupOf,
  type StartOptions,
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
      "Rotate keys in seven steps: generate, publish, confirm in DNS, activate, overlap, revoke, retire. Start a rotation, then let cron or a timer call `mailseal rotate run`. A key signs only after every resolver returns its record.",
    )
    .addCommand(startCommand(finish))
    .addCommand(runCommand(finish))
    .addCommand(statusCommand())
    .addCommand(historyCommand())
    .addCommand(abortCommand(finish));
}

function withCommon(command: Command): Command {
  return command
    .option("--state <file>", "the state of all rotations: an SQLite file", defaultState)
    .option("--json", "print JSON");
}

function startCommand(finish: (code: ExitCode) => void): Command {
  const command = new Command("start")
    .summary("start a rotation and take the steps that are possible now")
    .description(
      "Start rotating the keys of a domain and take the first steps. The state file keeps all options but no secrets, which stay in their own files.",
    )
    .requiredOption("-d, --domain <domain>", "the signing domain", domainName)
    .option("--dry-run", "print the plan and change nothing");
  return addStartOptions(withCommon(command))
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the rotation has started",
          1: "a rotation is in progress, or an option to confirm the change is missing",
          3: "something cannot be read or written",
          75: "a step failed; mailseal rotate run tries it again",
        },
        examples: [
          "mailseal rotate start -d example.com --keys /etc/mailseal/keys -t rsa -t ed25519 \\",
          "  --publish update --server 192.0.2.53 --tsig /etc/mailseal/update.key \\",
          "  --resolver 192.0.2.53 --resolver 198.51.100.53 --database /var/lib/mailseal/keys.db",
          "mailseal rotate start -d example.com --keys keys --state rotation.db --dry-run",
        ],
      }),
    )
    .action(async (options: DomainOptions<DryOptions> & StartOptions) => {
      const { parallel, replacePair, changeActivation } = options;
      const words = { parallel, replacePair, changeActivation };
      const { domain } = options;
      const setup = { ...setupOf(options), ...(await keyOwnerOf(domain, options)) };
      const begin = { plan: planOf(options), setup, ...words };
      if (options.dryRun === true) {
        await proposeOnly(options, begin);
        return;
      }
      if (await isSignerUnknown(domain, setup, options)) warn(unknownSigner);
      await withState(options.state, "make", async ({ rotationOf }) => {
        const rotation = rotationOf(begin.setup);
        const started = await rotation.start(domain, begin);
        const advances = await rotation.advance({ domain: started.domain, rotation: started.id });
        await tell(options, advances, advances.map(advanceText).join(""));
        finish(endOf(advances));
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

async function proposeOnly(
  options: DomainOptions<DryOptions>,
  begin: RotationStart & { readonly setup: RotationSetup },
): Promise<void> {
  const { existsSync } = await import("node:fs");
  // A dry run must not create the state file.
  const path = existsSync(options.state) ? options.state : ":memory:";
  await withState(path, "make", async ({ rotationOf }) => {
    const proposed = await rotationOf(begin.setup).propose(options.domain, begin);
    const keys = proposed.incoming
      .map(({ selector, keyFile, type }) => `  would make ${selector} (${type}) in ${keyFile}\n`)
      .join("");
    await tell(options, proposed, `${proposed.domain}\n${keys}`);
  });
}

function runCommand(finish: (code: ExitCode) => void): Command {
  return withCommon(new Command("run"))
    .summary("take every step that is due")
    .description(
      "Take every step that is due, of all rotations. Call it from cron or a timer; it is safe at any time.",
    )
    .option("-d, --domain <domain>", "only this domain", domainName)
    .option("--now", "ask DNS and retry failed steps now, without waiting for their time")
    .option("--dry-run", "print the next steps and change nothing")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "all due steps were taken; a rotation may still wait for DNS, for you or for its time",
          3: "the state, or the table of a domain, cannot be used",
          75: "a step failed, or another process is running; try again later",
        },
        examples: ["mailseal rotate run", "mailseal rotate run --state rotation.db --now"],
      }),
    )
    .action(async (options: DryOptions & { readonly now?: boolean }) => {
      await withState(options.state, "existing", async (state) => {
        if (options.dryRun === true) {
          await showStatus(state, options, "open");
          return;
        }
        const patience = options.now === true ? "eager" : "scheduled";
        const advances: Advance[] = [];
        let unusable: ExitCode = exitCode.ok;
        for (const open of openRotations(state, options.domain)) {
          const { domain, id: rotation } = open;
          try {
            // One after the other: the state file has one writer.
            const went = await state.rotationOfState(open).advance({ domain, rotation, patience });
            advances.push(...went);
          } catch (error) {
            // One unusable table or server must not stop the other domains.
            if (!(error instanceof MailsealError)) throw error;
            warn(`${domain}: ${error.message}`);
            unusable = exitCode.unreadable;
          }
        }
        await tell(options, advances, advances.map(advanceText).join("") || "No step is due.\n");
        finish(worst(endOf(advances), unusable));
      });
    });
}

function statusCommand(): Command {
  return withCommon(new Command("status"))
    .summary("show the state of rotations, and what you have to do")
    .description(
      "Show the stage of each rotation, the time of its next step, and what you have to do.",
    )
    .option("-d, --domain <domain>", "only this domain", domainName)
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
        showStatus(state, options, options.all === true ? "all" : "open"),
      );
    });
}

function historyCommand(): Command {
  return withCommon(new Command("history"))
    .summary("show the steps that were taken, and when")
    .description("Show every step that was taken, the oldest first.")
    .option("-d, --domain <domain>", "only this domain", domainName)
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
        await tell(options, entries, historyText(entries));
      });
    });
}

function abortCommand(finish: (code: ExitCode) => void): Command {
  return withCommon(new Command("abort"))
    .summary("cancel a rotation and keep the old key")
    .description(
      "Cancel the latest rotation of a domain. A new key that has not signed yet is removed. If it has signed, the domain returns to the old key once DNS shows that one, and the new key is retired after its overlap.",
    )
    .requiredOption("-d, --domain <domain>", "the domain", domainName)
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
      await withState(options.state, "existing", async (state) => {
        const latest =
          openRotations(state, options.domain).at(-1) ??
          state.journal.rotations(options.domain).at(-1);
        if (latest === undefined) throw noRotation(options.domain);
        const rotation = state.rotationOfState(latest);
        const { domain, id } = await rotation.abort(options.domain);
        const advances = await rotation.advance({ domain, rotation: id });
        await tell(options, advances, advances.map(advanceText).join(""));
        finish(endOf(advances));
      });
    });
}

async function showStatus(
  { journal, rotationOfState }: OpenState,
  options: CommonOptions,
  which: "open" | "all",
): Promise<void> {
  const previews = openRotations({ journal }, options.domain).flatMap((open) =>
    rotationOfState(open).preview({ domain: open.domain, rotation: open.id }),
  );
  const states: readonly RotationState[] =
    which === "all" ? journal.rotations(options.domain) : previews.map(({ state }) => state);
  const next = new Map(previews.map((preview) => [preview.state.id, preview.next]));
  const listed = states.map((state) => ({ ...state, next: next.get(state.id) ?? null }));
  await tell(options, listed, statusText(states, previews));
}

function openRotations(
  { journal }: Pick<OpenState, "journal">,
  domain?: string,
): readonly RotationState[] {
  return journal
    .rotations(domain)
    .filter(({ stage }) => stage !== "retired" && stage !== "aborted");
}

async function tell(
  { json }: { readonly json?: boolean },
  value: unknown,
  text: string,
): Promise<void> {
  await print(json === true ? `${JSON.stringify(value)}\n` : text);
}

function endOf(advances: readonly Advance[]): ExitCode {
  const failed = advances.some(
    (advance) => advance.kind === "busy" || advance.state.cause === "failed",
  );
  return failed ? exitCode.temporary : exitCode.ok;
}
