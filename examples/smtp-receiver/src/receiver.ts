/**
 * A mail server that verifies each message while it receives it, and keeps what it accepts:
 *
 *     node src/receiver.ts 2525 /var/mail/received
 *
 * Memory for a message is its header and one chunk, whatever its size: the body goes to a file as it comes. A message without
 * a trusted signature of its From domain is refused, and its sender's server reports that.
 */
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  authenticationResultsField,
  keySource,
  nodeResolver,
  Verification,
  type VerificationReport,
} from "@mailseal/verifier";
import { SMTPServer, type SMTPServerDataStream } from "smtp-server";

interface ReceiverOptions {
  /** Accepted messages are files in it, with Authentication-Results on top. */
  readonly directory: string;
  readonly hostname: string;
  /** DNS servers, instead of those of the system. */
  readonly dnsServers?: readonly string[];
}

/** An error of `onData` with this field is the reply to the message. */
class Refusal extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, text: string) {
    super(text);
    this.responseCode = responseCode;
  }
}

export function createReceiver({ directory, hostname, dnsServers }: ReceiverOptions): SMTPServer {
  // One for all messages: it keeps records and parsed keys for their TTL.
  const keys = keySource(nodeResolver(dnsServers === undefined ? {} : { servers: dnsServers }));

  async function receive(stream: SMTPServerDataStream): Promise<string> {
    await mkdir(directory, { recursive: true });
    const id = randomUUID();
    const incoming = join(directory, `${id}.part`);
    try {
      const report = await verified(stream, incoming);
      if (stream.sizeExceeded) throw new Refusal(552, "5.3.4 The message is too large");
      expectSigned(report);
      // The field belongs on top, and its text is known only now: the file is copied, not read into memory.
      const complete = createWriteStream(join(directory, `${id}.new`));
      complete.write(`${authenticationResultsField(report, hostname)}\r\n`);
      await pipeline(createReadStream(incoming), complete);
      await rename(join(directory, `${id}.new`), join(directory, `${id}.eml`));
      return id;
    } finally {
      await rm(incoming, { force: true });
    }
  }

  /** Writes the message to a file and verifies it, chunk by chunk. */
  async function verified(stream: SMTPServerDataStream, file: string): Promise<VerificationReport> {
    const verification = new Verification({ keys });
    await pipeline(
      stream,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          verification.write(chunk);
          yield chunk;
        }
      },
      createWriteStream(file),
    );
    return verification.finish();
  }

  return new SMTPServer({
    name: hostname,
    disabledCommands: ["AUTH", "STARTTLS"], // STARTTLS needs a certificate: `key` and `cert`
    size: 25 * 1024 * 1024,
    async onData(stream, _session, callback) {
      const outcome = await receive(stream).catch(refusalOf);
      if (outcome instanceof Refusal) callback(outcome);
      else callback(null, `OK: ${outcome}`);
    },
  });
}

/** A failure of our own is temporary, so that the client tries again. */
function refusalOf(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(451, "4.3.0 Try again later");
}

/** Throws a `Refusal` unless the From domain has signed the message. */
function expectSigned({ signatures }: VerificationReport): void {
  if (signatures.some(({ trusted, aligned }) => trusted && aligned !== "none")) return;
  if (signatures.some(({ result }) => result === "temperror")) {
    throw new Refusal(451, "4.7.5 A DKIM key cannot be looked up for now, try again later");
  }
  throw new Refusal(550, "5.7.22 No valid author-matched DKIM signature found");
}

if (import.meta.main) {
  const [port = "2525", directory = "received"] = process.argv.slice(2);
  createReceiver({ directory, hostname: "mx.example.com" }).listen(Number(port), "127.0.0.1", () =>
    console.log(`receiving on port ${port}, into ${directory}`),
  );
}
