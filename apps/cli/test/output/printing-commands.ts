import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openQueue } from "@mailseal/queue";
import { createStatistics } from "@mailseal/stats";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { mailseal } from "../mailseal.ts";
import { serveAdmin } from "../serve-admin.ts";

/** A command that prints, with the exit code if all of its output is read. */
export interface PrintingCommand {
  readonly name: string;
  readonly code: number;
  /** Prepares what the command changes, and returns its arguments. */
  readonly args: () => readonly string[] | Promise<readonly string[]>;
}

const directory = temporaryDirectory("file");
const inDirectory = (name: string): string => join(directory, name);

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(inDirectory(name), content);
  return inDirectory(name);
}

const message = file("message.eml", "From: a@example.com\r\nSubject: s\r\n\r\nx\r\n");
const made = JSON.parse(
  mailseal(["keygen", "-d", "example.com", "-s", "s", "-o", directory, "--json"]).stdout,
) as { readonly name: string; readonly record: string; readonly key: string };
const zone = file("zone.json", JSON.stringify({ [made.name]: [made.record] }));
const key = ["-d", "example.com", "-s", "s", "-k", made.key];
export const sign: readonly string[] = ["sign", ...key];
const signed = file("signed.eml", mailseal([...sign, message]).bytes);

const opendkim = file(
  "opendkim.conf",
  `Mode s\nDomain example.com\nSelector s\nKeyFile ${made.key}\nSocket inet:8891@localhost\n`,
);
const momentum = file("ecelerity.conf", "opendkim {\n}\n");
const rspamd = file("dkim_signing.conf", 'selector = "s";\n');
const kumomta = file("dkim_data.toml", '[base]\nselector = "s"\n');

const queue = inDirectory("queue.db");
const config = file(
  "mailseal.yaml",
  JSON.stringify({
    listeners: [{ protocol: "milter", listen: "127.0.0.1:8891" }],
    domains: { "example.com": { signing: { selector: "s", key: made.key } } },
    queue: { file: queue },
  }),
);
const database = ["--database", inDirectory("keys.db")];
const domains = (...args: readonly string[]): readonly string[] => [
  "domains",
  ...args,
  ...database,
];
const addDomain = [...domains("add", "example.com", "s", made.key), "--unchecked"];

/** Adds a message to the queue; returns its id. */
async function queued(): Promise<string> {
  await using opened = await openQueue({ file: queue });
  const destinations = [{ route: "mx a.example", recipients: [{ address: "ann@a.example" }] }];
  const { ids } = await opened.add(
    { envelope: { from: "joe@example.com" }, destinations },
    Buffer.from("Subject: Lunch\r\n\r\nAt noon?\r\n"),
  );
  return ids[0] ?? "";
}
await queued();

async function onMessage(command: string): Promise<readonly string[]> {
  return ["queue", command, await queued(), "--file", queue];
}

const state = ["--state", inDirectory("rotation.db")];
let rotations = 0;
function startRotation(): readonly string[] {
  rotations += 1;
  const domain = ["-d", `d${rotations}.example`, "-t", "ed25519"];
  // Nothing answers there, so that the rotation goes no further than its record.
  const resolver = ["--resolver", "127.0.0.1:1"];
  return ["rotate", "start", ...domain, "--keys", directory, ...state, ...resolver];
}
mailseal(startRotation());

function abortRotation(): readonly string[] {
  mailseal(startRotation());
  return ["rotate", "abort", "-d", `d${rotations}.example`, ...state];
}

async function ofProgram(answer: unknown, ...args: readonly string[]): Promise<readonly string[]> {
  const { at } = await serveAdmin(answer);
  return [...args, "--admin", at];
}

let copies = 0;
function recoverQueue(): readonly string[] {
  copies += 1;
  return ["queue", "recover", "--file", queue, inDirectory(`recovered-${copies}.db`)];
}

const statistics = createStatistics().snapshot();

function fixed(code: number, ...args: readonly string[]): PrintingCommand {
  return {
    name: args.map((arg) => arg.replace(`${directory}/`, "")).join(" "),
    code,
    args: () => args,
  };
}

/** At least one line for every command. */
export const printingCommands: readonly PrintingCommand[] = [
  fixed(0, "--help"),
  fixed(0, "--version"),
  fixed(0, "record", "lint", "--help"),
  fixed(0, "keygen", "-d", "example.com", "-s", "k", "-t", "ed25519", "-o", directory, "--force"),
  fixed(1, "record", "lint", "nonsense"),
  fixed(0, "record", "show", ...key),
  fixed(1, "record", "publish", ...key, "--publish", "zone"),
  fixed(1, "record", "revoke", "-d", "example.com", "-s", "s", "--publish", "zone"),
  fixed(0, "record", "lookup", "-d", "example.com", "-s", "s", "--dns", zone),
  fixed(0, ...sign, message),
  fixed(0, ...sign, message, "--json"),
  fixed(0, "verify", signed, "--dns", zone),
  fixed(1, "verify", message, signed, "--dns", zone, "--json"),
  fixed(0, "explain", signed, "--dns", zone, "--json"),
  fixed(0, "test-key", ...key, "--dns", zone),
  fixed(0, "config", "schema"),
  fixed(0, "config", "check", config),
  fixed(0, "config", "explain", "-c", config, "--from", "a@example.com"),
  fixed(0, "demo"),
  fixed(0, "doctor", "-c", config, "--only", "config"),
  fixed(0, "setup", "--undo", "--dry-run"),
  fixed(0, "import", "opendkim", opendkim),
  fixed(0, "import", "opendkim", opendkim, "--json"),
  fixed(0, "import", "momentum", momentum),
  fixed(0, "import", "rspamd", rspamd, "--json"),
  fixed(0, "import", "kumomta", kumomta, "--json"),
  fixed(0, ...addDomain),
  fixed(0, ...domains("list")),
  {
    name: "domains remove",
    code: 0,
    args: () => {
      mailseal(addDomain);
      return domains("remove", "example.com");
    },
  },
  fixed(0, "queue", "list", "--file", queue),
  fixed(0, "queue", "check", "--file", queue),
  { name: "queue recover", code: 0, args: recoverQueue },
  ...["show", "hold", "drop"].map((command) => ({
    name: `queue ${command}`,
    code: 0,
    args: () => onMessage(command),
  })),
  // A message that is ready cannot be released or retried.
  ...["retry", "release"].map((command) => ({
    name: `queue ${command}`,
    code: 1,
    args: () => onMessage(command),
  })),
  fixed(0, "rotate", "start", "-d", "example.com", "--keys", directory, "--dry-run"),
  { name: "rotate start", code: 0, args: startRotation },
  fixed(0, "rotate", "run", ...state),
  fixed(0, "rotate", "status", ...state),
  fixed(0, "rotate", "history", ...state),
  { name: "rotate abort", code: 0, args: abortRotation },
  { name: "stats", code: 0, args: () => ofProgram(statistics, "stats") },
  { name: "stats --json", code: 0, args: () => ofProgram(statistics, "stats", "--json") },
  { name: "stats --watch", code: 0, args: () => ofProgram(statistics, "stats", "--watch", "0.1") },
  { name: "stats reset", code: 0, args: () => ofProgram({}, "stats", "reset") },
  { name: "reload", code: 0, args: () => ofProgram({}, "reload") },
  ...["bash", "zsh", "fish"].map((shell) => fixed(0, "completion", shell)),
];
