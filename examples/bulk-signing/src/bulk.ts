/**
 * Sends mail for many customers, each with a domain and a key of their own. Messages are signed in worker threads and sent over a
 * few SMTP connections.
 *
 *     node src/bulk.ts keys smtp.example.net 25 < mail.ndjson
 *
 * Each line of standard input is a message, such as {"from":"news@shop.example","to":"zoe@example.net","subject":"...","text":"..."}. A
 * message that cannot be signed is reported and not sent; the others go on.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createSignerPool, type SignerPool } from "@mailseal/signer/pool";
import { createTransport } from "nodemailer";
import MailComposer from "nodemailer/lib/mail-composer";

/** A line of the input. */
interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

interface BulkOptions {
  /** DIRECTORY/DOMAIN/SELECTOR.key, as `mailseal keygen` writes them. */
  readonly keyDirectory: string;
  readonly smtp: { readonly host: string; readonly port: number };
  /** Called with each message that is not sent. */
  readonly onFailure: (mail: Mail, error: Error) => void;
}

interface BulkResult {
  readonly sent: number;
  readonly failed: number;
}

/** Sends every message of the input. */
export async function sendBulk(
  input: Readable,
  { keyDirectory, smtp, onFailure }: BulkOptions,
): Promise<BulkResult> {
  // A signer for each domain is made when its first message comes; the least recently used one makes room for another.
  await using pool = createSignerPool(new Map(), { maxSigners: 200, lineEndings: "fix" });
  const transport = createTransport({ ...smtp, pool: true, maxConnections: 5, ignoreTLS: true });
  const running = new Set<Promise<void>>();
  let sent = 0;
  let failed = 0;
  const sendOne = async (mail: Mail): Promise<void> => {
    try {
      const { fields, message } = await signed(mail, pool, keyDirectory);
      const envelope = { from: mail.from, to: mail.to };
      await transport.sendMail({ envelope, raw: Buffer.concat([Buffer.from(fields), message]) });
      sent += 1;
    } catch (error) {
      failed += 1;
      onFailure(mail, error instanceof Error ? error : new Error(String(error)));
    }
  };
  for await (const line of createInterface({ input })) {
    // Back-pressure: no more lines are read than the threads and the server can take.
    await pool.ready();
    if (running.size >= 100) await Promise.race(running);
    const sending = sendOne(JSON.parse(line) as Mail).finally(() => running.delete(sending));
    running.add(sending);
  }
  await Promise.all(running);
  transport.close();
  return { sent, failed };
}

async function signed(
  mail: Mail,
  pool: SignerPool,
  keyDirectory: string,
): ReturnType<SignerPool["sign"]> {
  const domain = mail.from.slice(mail.from.lastIndexOf("@") + 1).toLowerCase();
  const message = await new MailComposer(mail).compile().build();
  if (!pool.has(domain)) pool.set(domain, await signaturesOf(domain, keyDirectory));
  return pool.sign(message, domain);
}

/** A signature for each key of a domain. */
async function signaturesOf(domain: string, keyDirectory: string) {
  const directory = join(keyDirectory, domain);
  if (!/^[a-z0-9.-]+$/.test(domain) || domain.startsWith(".") || !existsSync(directory)) {
    throw new Error(`${domain} has no key in ${keyDirectory}; make one with mailseal keygen`);
  }
  const files = (await readdir(directory)).filter((name) => name.endsWith(".key"));
  return Promise.all(
    files.map(async (name) => ({
      domain,
      selector: name.slice(0, -".key".length),
      key: await readFile(join(directory, name)),
    })),
  );
}

if (import.meta.main) {
  const [keyDirectory = "keys", host = "127.0.0.1", port = "25"] = process.argv.slice(2);
  const onFailure = ({ from, to }: Mail, { message }: Error): void =>
    console.error(`not sent: ${from} to ${to}: ${message}`);
  const smtp = { host, port: Number(port) };
  const { sent, failed } = await sendBulk(process.stdin, { keyDirectory, smtp, onFailure });
  console.log(`${sent} sent, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
