import type { ListedMessage, ListOptions, MessageState, Queue } from "@mailseal/queue";
import { helpEnd } from "@mailseal/service/command-line";
import type { QueueConfig } from "@mailseal/service/config";
import { printable } from "@mailseal/syntax";
import { Command, InvalidArgumentError, Option } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { configThatNames, defaultConfig } from "../files/config-file.ts";
import { statOf } from "../files/input.ts";
import { print } from "../output/output.ts";
import { checkCommand, queueFailure, recoverCommand } from "./queue-file.ts";

interface PlaceOptions {
  readonly file?: string;
  readonly nats?: string;
  readonly config: string;
}

interface QueueListOptions extends PlaceOptions {
  readonly state?: MessageState;
  readonly route?: string;
  readonly limit: number;
  readonly json?: true;
}

const pageSize = 500;

const failures = {
  3: "the queue cannot be used",
  75: "the queue cannot be reached; try again later",
} as const;

export function queueCommand(finish: (code: ExitCode) => void): Command {
  return new Command("queue")
    .summary("list, retry, hold or drop queued mail; check or recover the queue file")
    .description(
      "Inspect and change queued messages and dead letters. Works while relays and workers are running.",
    )
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(
      changeCommand(finish, "retry", "retry delayed or dead messages now", (queue, id) =>
        queue.retryNow(id),
      ),
    )
    .addCommand(
      changeCommand(finish, "drop", "delete messages without sending a bounce", (queue, id) =>
        queue.drop(id),
      ),
    )
    .addCommand(
      changeCommand(
        finish,
        "hold",
        "keep messages in the queue until they are released",
        (queue, id) => queue.hold(id),
      ),
    )
    .addCommand(
      changeCommand(finish, "release", "release held messages for delivery", (queue, id) =>
        queue.release(id),
      ),
    )
    .addCommand(checkCommand(finish, withPlace, fileOf))
    .addCommand(recoverCommand(finish, withPlace, fileOf));
}

function withPlace(command: Command): Command {
  return command
    .option("--file <file>", "the queue: an SQLite file (default: queue in the config)")
    .option("--nats <url>", "the queue: NATS JetStream, such as nats://127.0.0.1:4222")
    .option("-c, --config <file>", "the config file", defaultConfig);
}

function listCommand(): Command {
  return withPlace(new Command("list"))
    .summary("list queued messages")
    .description(
      "List one message per line: id, state, attempts, age, size, route, sender, recipients, and the reason for its last deferral.",
    )
    .addOption(
      new Option("--state <state>", "only messages in this state (default: all but dead)").choices([
        "ready",
        "leased",
        "delayed",
        "held",
        "dead",
      ]),
    )
    .option("--route <route>", "only messages with this route, as shown by list")
    .option("--limit <count>", "list at most this many messages", wholeNumber, 1000)
    .option("--json", "print one JSON object per line")
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the messages were listed", ...failures },
        examples: ["mailseal queue list --state dead --file /var/spool/mailseal/queue.db"],
      }),
    )
    .action(async (options: QueueListOptions) => {
      await withQueue(options, async (queue) => {
        for await (const message of listed(queue, options)) {
          await print(`${options.json === true ? jsonLine(message) : line(message)}\n`);
        }
      });
    });
}

function showCommand(): Command {
  return withPlace(new Command("show"))
    .summary("print one message")
    .description("Print the envelope, state and route of a message as JSON, or the message itself.")
    .argument("<id>", "the id of the message, as shown by list")
    .option("--content", "print the message itself")
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the message was printed", 1: "there is no such message", ...failures },
        examples: ["mailseal queue show 0199c1d2e3f4-1"],
      }),
    )
    .action(async (id: string, options: PlaceOptions & { readonly content?: true }) => {
      await withQueue(options, async (queue) => {
        const message = await queue.show(id);
        if (message === undefined) {
          throw new CommandFailure(
            exitCode.no,
            `the queue has no message ${JSON.stringify(id)}; list the ids with mailseal queue list`,
          );
        }
        if (options.content === true) {
          for await (const piece of queue.content(id)) await print(piece);
        } else {
          await print(`${jsonLine(message)}\n`);
        }
      });
    });
}

function changeCommand(
  finish: (code: ExitCode) => void,
  name: string,
  summary: string,
  change: (queue: Queue, id: string) => Promise<boolean>,
): Command {
  return withPlace(new Command(name))
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .argument("<id...>", "the ids of the messages, as shown by list")
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "all messages were changed", 1: "some could not be changed", ...failures },
        examples: [`mailseal queue ${name} 0199c1d2e3f4-1`],
      }),
    )
    .action(async (ids: readonly string[], options: PlaceOptions) => {
      await withQueue(options, async (queue) => {
        let changed = 0;
        for (const id of ids) changed += (await change(queue, id)) ? 1 : 0;
        await print(`${changed} of ${ids.length} changed\n`);
        finish(changed === ids.length ? exitCode.ok : exitCode.no);
      });
    });
}

async function* listed(
  queue: Queue,
  { state, route, limit }: QueueListOptions,
): AsyncGenerator<ListedMessage> {
  let left = limit;
  let after: string | undefined;
  do {
    const options: ListOptions = {
      limit: Math.min(left, pageSize),
      ...(state === undefined ? {} : { state }),
      ...(route === undefined ? {} : { route }),
      ...(after === undefined ? {} : { after }),
    };
    const page = await queue.list(options);
    yield* page.messages;
    left -= page.messages.length;
    after = page.next;
  } while (left > 0 && after !== undefined);
}

function line(message: ListedMessage): string {
  const { id, state, attempt, firstSeenMs, sizeBytes, route, envelope, reason = "" } = message;
  const ageMinutes = Math.max(0, Math.floor((Date.now() - firstSeenMs) / 60_000));
  const recipients = envelope.recipients.map(({ address }) => address).join(" ");
  return [id, state, attempt, `${ageMinutes}m`, sizeBytes, route, `<${envelope.from}>`]
    .concat([recipients, reason])
    .map((cell) => printable(String(cell)))
    .join("\t");
}

function jsonLine(message: ListedMessage): string {
  return JSON.stringify({ ...message, context: Object.fromEntries(message.context) });
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("expected a whole number of at least 1");
  }
  return Number(text);
}

async function withQueue(
  options: PlaceOptions,
  use: (queue: Queue) => Promise<void>,
): Promise<void> {
  const config = await placeOf(options);
  // Imported here, because no other command needs a queue.
  const { openConfiguredQueue } = await import("@mailseal/service/config");
  try {
    const queue = await openConfiguredQueue(config, "serve");
    try {
      await use(queue);
    } finally {
      await queue.close();
    }
  } catch (error) {
    throw await queueFailure(error, exitCode.unreadable);
  }
}

/** The file of an embedded queue. */
async function fileOf(options: PlaceOptions): Promise<string> {
  const file = (await placeOf(options))?.file;
  if (file === undefined) {
    throw new CommandFailure(
      exitCode.misuse,
      "this queue is in NATS JetStream, which keeps its own files; check and recover work on a queue in a file: name one with --file",
    );
  }
  return file;
}

async function placeOf(options: PlaceOptions): Promise<QueueConfig | undefined> {
  const { file, nats, config } = options;
  if (file !== undefined || nats !== undefined) return namedPlace(file, nats);
  const { queue } = await configThatNames("the queue", config, "--file or --nats");
  if (queue !== undefined) return queue;
  throw new CommandFailure(
    exitCode.misuse,
    `cannot find the queue: ${config} has no queue option; set it there, or give --file or --nats`,
  );
}

/** The queue that the command line names. */
async function namedPlace(
  file: string | undefined,
  nats: string | undefined,
): Promise<QueueConfig | undefined> {
  if (file !== undefined && nats !== undefined) {
    throw new CommandFailure(
      exitCode.misuse,
      "--file and --nats exclude each other; give only one",
    );
  }
  if (file !== undefined) {
    const found = statOf(file);
    if (found?.isFile() !== true) {
      const problem = found === undefined ? "there is no such file" : "it is not a file";
      throw new CommandFailure(exitCode.unreadable, `no queue at ${file}: ${problem}`);
    }
  }
  const { configSchema } = await import("@mailseal/config");
  return configSchema.parse({
    queue: nats === undefined ? { file } : { nats: { servers: [nats] } },
  }).queue;
}
