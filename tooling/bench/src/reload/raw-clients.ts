import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";

/** The clients of the mixed load. They send correct and incorrect commands and never throw. */

const patienceMs = 30_000;

async function talk(port: number, say: (socket: Socket) => Promise<void>): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on("error", () => undefined);
  try {
    await say(socket);
  } catch {
    // The listener is being replaced, or the server closed the connection.
  } finally {
    socket.destroy();
  }
}

/** One reply, up to and including its last line. */
async function reply(socket: Socket): Promise<string> {
  let text = "";
  while (!/^\d{3} .*\r\n$/m.test(text)) {
    const [chunk] = (await once(socket, "data", {
      signal: AbortSignal.timeout(patienceMs),
    })) as [Buffer];
    text += chunk.toString("latin1");
  }
  return text;
}

/** Sends messages in one SMTP session. Resolves to true for each message that was accepted. */
export async function sendBySmtp(
  port: number,
  recipients: readonly string[],
  messages: readonly Buffer[],
): Promise<readonly boolean[]> {
  const taken: boolean[] = [];
  await talk(port, async (socket) => {
    const ask = async (line: string): Promise<string> => {
      socket.write(`${line}\r\n`);
      return reply(socket);
    };
    await reply(socket);
    await ask("EHLO client.test");
    for (const message of messages) {
      await ask("MAIL FROM:<alice@example.com>");
      for (const recipient of recipients) await ask(`RCPT TO:<${recipient}>`);
      await ask("DATA");
      socket.write(message);
      taken.push((await ask("\r\n.")).startsWith("250"));
    }
    await ask("QUIT");
  });
  return taken;
}

/** Sends commands that no client should send, and closes the connection in the middle of a message. */
export async function misbehaveBySmtp(port: number): Promise<void> {
  await talk(port, async (socket) => {
    await reply(socket);
    for (const line of ["EHLO x", "NOOP", "WHAT", "MAIL FROM:<a b>", "MAIL FROM:<a@example.com>"]) {
      socket.write(`${line}\r\n`);
      await reply(socket);
    }
    socket.write("RCPT TO:<b@example.net>\r\nDATA\r\n");
    await reply(socket);
    socket.write(`From: a@example.com\r\n\r\n${"x".repeat(5000)}`);
  });
}

function packet(letter: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const payload = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + 1);
  head.write(letter, 4, "latin1");
  return Buffer.concat([head, payload]);
}

const offer = Buffer.from([0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff]);
const largestBody = 65_535;

/** Sends one message as an MTA does; `isHalf` closes the connection in the middle of a packet. */
export async function reportByMilter(
  port: number,
  message: Buffer,
  isHalf: boolean,
): Promise<void> {
  await talk(port, async (socket) => {
    socket.write(packet("O", offer));
    await once(socket, "data");
    const end = message.indexOf("\r\n\r\n");
    const fields = message
      .subarray(0, end)
      .toString("latin1")
      .split(/\r\n(?![ \t])/);
    const body = message.subarray(end + 4);
    const packets = [
      packet("C", "client.test\u00004\0\u0019127.0.0.1\0"),
      packet("H", "client.test\0"),
      packet("M", "<alice@example.com>\0"),
      packet("R", "<bob@example.net>\0"),
      packet("T"),
      ...fields.map((field) => {
        const colon = field.indexOf(":");
        return packet("L", `${field.slice(0, colon)}\0${field.slice(colon + 1)}\0`);
      }),
      packet("N"),
    ];
    for (let at = 0; at < body.length; at += largestBody) {
      packets.push(packet("B", body.subarray(at, at + largestBody)));
    }
    const all = Buffer.concat(packets);
    if (isHalf) {
      socket.write(all.subarray(0, Math.floor(all.length / 2)));
      return;
    }
    socket.write(Buffer.concat([all, packet("E")]));
    await untilAnswered(socket);
    socket.end(packet("Q"));
  });
}

const lastAnswers = new Set(["a", "c", "d", "r", "t", "y"]);

/** The filter replies to some steps only; DATA is one of them, and the end of the message is the last. */
async function untilAnswered(socket: Socket): Promise<void> {
  let bytes = Buffer.alloc(0);
  let answers = 0;
  while (answers < 2) {
    const [chunk] = (await once(socket, "data", {
      signal: AbortSignal.timeout(patienceMs),
    })) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length > 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      if (lastAnswers.has(bytes.toString("latin1", 4, 5))) answers++;
      bytes = bytes.subarray(4 + bytes.readUInt32BE(0));
    }
  }
}

/** The address of a server: a port on 127.0.0.1, or a unix socket. */
export type Place = { readonly port: number } | { readonly socketPath: string };

/** Sends a POST request and resolves to the HTTP status, or 0 if there is no response. */
export function post(
  place: Place,
  path: string,
  body: Uint8Array = Buffer.alloc(0),
): Promise<number> {
  return new Promise((resolve) => {
    const headers = { "content-length": body.length, connection: "close" };
    const asked = request({ ...place, path, method: "POST", headers }, (answer) => {
      answer.resume();
      answer.on("close", () => resolve(answer.statusCode ?? 0));
    });
    asked.setTimeout(patienceMs, () => asked.destroy());
    asked.on("error", () => resolve(0));
    asked.end(body);
  });
}
