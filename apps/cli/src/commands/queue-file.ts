import type { LostMessage, QueueCheck } from "@mailseal/queue";
import { helpEnd } from "@mailseal/service/command-line";
import { printable } from "@mailseal/syntax";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { print } from "../output/output.ts";

interface FileOptions {
  readonly json?: true;
}

/** Finds the queue file that the options name. Throws for a queue in NATS JetStream. */
type FileOf<Options> = (options: Options) => Promise<string>;

export function checkCommand<Options>(
  finish: (code: ExitCode) => void,
  withPlace: (command: Command) => Command,
  fileOf: FileOf<Options>,
): Command {
  return withPlace(new Command("check"))
    .summary("check the queue file for damage and missing messages")
    .description(
      "Read every message in a snapshot of the queue file, and change nothing. Works while relays and workers are " +
        "running. Prints how many messages can be read, one line for each that cannot, and the damage in the file: " +
        "broken pages, and committed transactions that are missing.",
    )
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the file is intact",
          1: "something is damaged or missing",
          3: "the file cannot be opened",
        },
        examples: ["mailseal queue check --file /var/spool/mailseal/queue.db"],
      }),
    )
    .action(async (options: Options & FileOptions) => {
      const file = await fileOf(options);
      const { checkQueue } = await import("@mailseal/queue");
      const check = await answered(checkQueue(file));
      await print(options.json === true ? `${JSON.stringify(check)}\n` : checkText(check));
      finish(check.findings.length === 0 ? exitCode.ok : exitCode.no);
    });
}

export function recoverCommand<Options>(
  finish: (code: ExitCode) => void,
  withPlace: (command: Command) => Command,
  fileOf: FileOf<Options>,
): Command {
  return withPlace(new Command("recover"))
    .summary("save the readable messages of a damaged queue to a new file")
    .description(
      "Copy every readable message to a new file, with its id, state and attempts, and print one line for each that " +
        "cannot be read. Reads the pages of the file and of its WAL one by one, so that a broken page hides no others. " +
        "Never changes the damaged file. Stop relays and workers first.",
    )
    .argument("<target>", "the new file; it must not exist yet")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "every message was saved",
          1: "some messages could not be saved",
          3: "the file cannot be read",
          75: "the file is in use; stop relays and workers first",
        },
        examples: [
          "systemctl stop mailseal-relay mailseal-worker",
          "mailseal queue recover --file /var/spool/mailseal/queue.db /var/spool/mailseal/recovered.db",
        ],
      }),
    )
    .action(async (target: string, options: Options & FileOptions) => {
      const file = await fileOf(options);
      const { recoverQueue } = await import("@mailseal/queue");
      const recovery = await answered(recoverQueue(file, target));
      const { recovered, lost, findings } = recovery;
      const lines = [
        ...findings,
        ...lost.map(lostLine),
        `${recovered} messages are in ${target}, ${lost.length} could not be read`,
      ];
      await print(options.json === true ? `${JSON.stringify(recovery)}\n` : text(lines));
      finish(lost.length === 0 ? exitCode.ok : exitCode.no);
    });
}

function checkText({ readable, byState, unreadable, findings }: QueueCheck): string {
  const states = Object.entries(byState)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
  return text([
    ...findings,
    ...unreadable.map(lostLine),
    `${readable} messages can be read${states === "" ? "" : ` (${states})`}, ${unreadable.length} cannot`,
  ]);
}

function lostLine({ id, route, from, recipients, sizeBytes, reason }: LostMessage): string {
  const sender = from === undefined ? "" : `<${from}>`;
  return [id, sizeBytes ?? "", route ?? "", sender, (recipients ?? []).join(" "), reason].join(
    "\t",
  );
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line.split("\t").map(printable).join("\t")}\n`).join("");
}

async function answered<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (error) {
    throw await queueFailure(error, exitCode.misuse);
  }
}

/** A `CommandFailure` for an error of the queue. Only an operator can give a full disk space. */
export async function queueFailure(error: unknown, ofBadOption: ExitCode): Promise<unknown> {
  const { QueueError } = await import("@mailseal/queue");
  if (!(error instanceof QueueError)) return error;
  const isTemporary = error.temporary && error.code !== "queue-full";
  const code = error.code === "bad-option" ? ofBadOption : exitCode.unreadable;
  return new CommandFailure(isTemporary ? exitCode.temporary : code, error.message);
}
