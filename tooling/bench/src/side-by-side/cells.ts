import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { formatKeyRecord } from "@mailseal/dns-record";
import { createSigner, generateKey } from "@mailseal/signer";
import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { keySource, nodeResolver, verify } from "@mailseal/verifier";
import { workload } from "../workload.ts";

export const libraries = ["Mailseal", "mailauth", "nodemailer"] as const;
export type Library = (typeof libraries)[number];

export interface Task {
  readonly id: string;
  readonly title: string;
  /** The packages that a user installs; none if the library cannot do it. */
  readonly packages: Readonly<Record<Library, readonly string[]>>;
  /** Does the task once, and resolves to the signed message or to the results of its signatures. */
  run(work: Work, inputs: Inputs): Promise<Uint8Array | readonly string[]>;
  /** The results of the signatures that a verifier must find. */
  readonly results: readonly string[];
}

/** What the code of a cell returns. */
export type Work = (input: unknown) => unknown;

/** The code of one task with one library. */
export interface Cell {
  readonly task: Task;
  readonly library: Library;
  /** Relative to tooling/bench. */
  readonly file: string;
  readonly code: string;
  /** Without empty lines. */
  readonly lines: number;
  /** Settings as in `Inputs`; another key instead of its key. */
  setUp(inputs: Inputs, pem?: string): Promise<Work>;
}

export interface Inputs {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly message: Buffer;
  readonly signed: Buffer;
  readonly large: Buffer;
  readonly dns: DnsServer;
}

const signing = {
  Mailseal: ["@mailseal/signer"],
  mailauth: ["mailauth"],
  nodemailer: ["nodemailer"],
} as const;

export const tasks: readonly Task[] = [
  {
    id: "sign",
    title: "Sign a message",
    packages: signing,
    run: async (work, { message }) => (await work(message)) as Uint8Array,
    results: ["pass"],
  },
  {
    id: "two-keys",
    title: "Sign with two keys",
    packages: signing,
    run: async (work, { message }) => (await work(message)) as Uint8Array,
    results: ["pass", "pass"],
  },
  {
    id: "verify",
    title: "Verify a message, with cached DNS",
    packages: { Mailseal: ["@mailseal/verifier"], mailauth: ["mailauth"], nodemailer: [] },
    run: async (work, { signed }) => (await work(signed)) as readonly string[],
    results: ["pass"],
  },
  {
    id: "stream",
    title: "Sign a stream of 10 MB",
    packages: signing,
    run: async (work, { large }) => {
      const chunkBytes = 64 * 1024;
      const source = Readable.from(
        (function* () {
          for (let at = 0; at < large.length; at += chunkBytes) {
            yield large.subarray(at, at + chunkBytes);
          }
        })(),
        { objectMode: false },
      );
      return buffer(work(source) as AsyncIterable<Uint8Array>);
    },
    results: ["pass"],
  },
  {
    id: "transport",
    title: "Sign mail that nodemailer sends",
    packages: {
      Mailseal: ["nodemailer", "@mailseal/nodemailer"],
      mailauth: ["nodemailer", "mailauth"],
      nodemailer: ["nodemailer"],
    },
    run: async (work) => {
      const { message } = (await work({
        from: "ada@example.com",
        to: "zoe@example.net",
        subject: "Lunch",
        text: "At noon?\r\n".repeat(200),
      })) as { readonly message: Buffer };
      return message;
    },
    results: ["pass"],
  },
];

/** Every cell that has code, task by task. */
export function allCells(): readonly Cell[] {
  return tasks.flatMap((task) =>
    libraries
      .filter((library) => task.packages[library].length > 0)
      .map((library) => cellOf(task, library)),
  );
}

function cellOf(task: Task, library: Library): Cell {
  const file = `peers/side-by-side/${task.id}-${library.toLowerCase()}.mjs`;
  const url = new URL(`../../${file}`, import.meta.url);
  const code = readFileSync(url, "utf8");
  return {
    task,
    library,
    file,
    code,
    lines: code.split("\n").filter((line) => line.trim() !== "").length,
    async setUp({ settings }, pem) {
      const { default: setUp } = (await import(url.href)) as {
        readonly default: (settings: unknown) => Work;
      };
      return setUp(pem === undefined ? settings : { ...settings, pem });
    },
  };
}

/** Keys, messages of 2 KB and 10 MB, and a DNS server with the records, which the caller closes. */
export async function makeInputs(): Promise<Inputs> {
  const [first, second] = [generateKey({ type: "rsa" }), generateKey({ type: "rsa" })];
  const dns = await startDnsServer({
    "first._domainkey.example.com": { txt: [formatKeyRecord(first.publicKey)] },
    "second._domainkey.example.com": { txt: [formatKeyRecord(second.publicKey)] },
  });
  const message = Buffer.from(workload("2 KB", 2 * 1024).bytes);
  const signer = createSigner({ domain: "example.com", selector: "first", key: first });
  return {
    settings: {
      domain: "example.com",
      selector: "first",
      pem: first.toPem(),
      secondSelector: "second",
      secondPem: second.toPem(),
      servers: [dns.address],
      server: { streamTransport: true, buffer: true },
    },
    message,
    signed: Buffer.from(signer.sign(message).toBytes()),
    large: Buffer.from(workload("10 MB", 10 * 1024 * 1024).bytes),
    dns,
  };
}

/** The results of the signatures that a cell made, or those that it found. */
export async function resultsOf(cell: Cell, inputs: Inputs): Promise<readonly string[]> {
  return foundIn(await cell.task.run(await cell.setUp(inputs), inputs), inputs);
}

async function foundIn(
  output: Uint8Array | readonly string[],
  { dns }: Inputs,
): Promise<readonly string[]> {
  if (!(output instanceof Uint8Array)) return output;
  const keys = keySource(nodeResolver({ servers: [dns.address] }));
  const { signatures } = await verify(output, { keys });
  return signatures.map(({ result }) => result);
}

/** What comes of a key that cannot be used: an error when the signer is made or for each message, or unsigned mail. */
export async function withBadKey(cell: Cell, inputs: Inputs): Promise<string> {
  let work: Work;
  try {
    work = await cell.setUp(inputs, "no key");
  } catch {
    return "error at the start";
  }
  try {
    const results = await foundIn(await cell.task.run(work, inputs), inputs);
    const missing = cell.task.results.length - results.length;
    if (results.length === 0) return "**sent unsigned**";
    return missing === 0 ? "signed" : "**sent with a signature less**";
  } catch {
    return "error for each message";
  }
}
