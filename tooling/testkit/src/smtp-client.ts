import { connect } from "node:net";
import { ByteReader } from "./byte-reader.ts";

export interface SmtpSubmission {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** The address to connect from. Default: as the system chooses. */
  readonly localAddress?: string;
  readonly port: number;
  /** Lines of the dialogue sent one by one, each waiting for its reply; brackets are not added. */
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  /** With CRLF line endings; dots are doubled here. */
  readonly message: Uint8Array;
  readonly helo?: string;
  /** Attributes of XCLIENT, such as "ADDR=192.0.2.7": the client that the server then takes this one for. */
  readonly xclient?: string;
}

/** The reply to each command, all its lines joined by LF. One character an octet. */
export interface SmtpReplies {
  readonly greeting: string;
  readonly helo: string;
  readonly mail: string;
  readonly rcpt: readonly string[];
  /** Absent if no recipient was accepted. */
  readonly data?: string;
  /** The reply to the message itself; absent if DATA was refused. */
  readonly message?: string;
}

/**
 * Sends one message as a simple client does, and resolves to all replies. After a refusal it continues as
 * far as that makes sense. Rejects if the connection ends early.
 */
export async function submit(submission: SmtpSubmission): Promise<SmtpReplies> {
  const { host = "127.0.0.1", localAddress, port } = submission;
  const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
  socket.on("error", () => {});
  const reader = new ByteReader(socket);
  const ask = async (line: string | Uint8Array): Promise<string> => {
    socket.write(line);
    return readReply(reader);
  };
  try {
    const greeting = await readReply(reader);
    const hello = `EHLO ${submission.helo ?? "client.test"}\r\n`;
    let helo = await ask(hello);
    if (submission.xclient !== undefined) {
      await ask(`XCLIENT ${submission.xclient}\r\n`);
      helo = await ask(hello);
    }
    const mail = await ask(`MAIL FROM:${submission.mailFrom}\r\n`);
    const rcpt: string[] = [];
    if (mail.startsWith("421")) return { greeting, helo, mail, rcpt };
    for (const recipient of submission.rcptTo) rcpt.push(await ask(`RCPT TO:${recipient}\r\n`));
    const replies = { greeting, helo, mail, rcpt };
    if (!rcpt.some((reply) => reply.startsWith("2"))) return replies;
    const data = await ask("DATA\r\n");
    if (!data.startsWith("3")) return { ...replies, data };
    const message = await ask(withDoubledDots(submission.message));
    socket.write("QUIT\r\n");
    return { ...replies, data, message };
  } finally {
    socket.end();
  }
}

async function readReply(reader: ByteReader): Promise<string> {
  const lines: string[] = [];
  for (;;) {
    const line = await reader.line();
    if (line === undefined) throw new Error("the SMTP server ended the connection");
    lines.push(line);
    if (line[3] !== "-") return lines.join("\n");
  }
}

function withDoubledDots(message: Uint8Array): Buffer {
  const text = Buffer.from(message).toString("latin1");
  const ended = text.endsWith("\r\n") || text === "" ? text : `${text}\r\n`;
  return Buffer.from(`${ended.replaceAll(/(^|\r\n)\./g, "$1..")}.\r\n`, "latin1");
}
