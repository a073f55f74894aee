import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface LatencyLoad {
  readonly port: number;
  readonly messages: number;
  readonly connections: number;
  readonly message: Buffer;
}

const end = Buffer.from("\r\n.\r\n");

/**
 * Sends messages over connections that stay open. Resolves to the milliseconds from MAIL to the final reply for each
 * message, in the order in which they were accepted. `message` must not contain a line with only a dot.
 */
export async function latencies(load: LatencyLoad): Promise<readonly number[]> {
  const times: number[] = [];
  let left = load.messages;
  const one = async (): Promise<void> => {
    const client = await LoadClient.open(load.port);
    while (left-- > 0) {
      const start = performance.now();
      await client.send(load.message);
      times.push(performance.now() - start);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: Math.min(load.connections, load.messages) }, one));
  return times;
}

/** The value below which `percent` percent of the values lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? NaN;
}

/** One SMTP connection, one message after the other. */
class LoadClient {
  readonly #socket: Socket;
  #buffered = "";
  #waiting: ((line: string) => void) | undefined;
  #fail: (error: Error) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1").setNoDelay(true);
    socket.on("data", (text: string) => this.#read(text));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server ended the connection")));
  }

  static async open(port: number): Promise<LoadClient> {
    const client = new LoadClient(connect({ host: "127.0.0.1", port }));
    await client.#reply("220");
    await client.#ask("EHLO load.test\r\n", "250");
    return client;
  }

  async send(message: Buffer): Promise<void> {
    await this.#ask("MAIL FROM:<alice@example.com>\r\n", "250");
    await this.#ask("RCPT TO:<bob@example.net>\r\n", "250");
    await this.#ask("DATA\r\n", "354");
    const reply = this.#reply("250");
    // In pieces, so that the memory measured is that of the server and not of this client.
    for (let at = 0; at < message.length; at += 65_536) {
      if (!this.#socket.write(message.subarray(at, at + 65_536))) {
        await once(this.#socket, "drain");
      }
    }
    this.#socket.write(end);
    await reply;
  }

  close(): void {
    this.#socket.end("QUIT\r\n");
  }

  #ask(command: string, expected: string): Promise<void> {
    const reply = this.#reply(expected);
    this.#socket.write(command);
    return reply;
  }

  #reply(expected: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#waiting = (line) => {
        if (line.startsWith(expected)) {
          resolve();
        } else {
          reject(new Error(`expected ${expected}, got ${line}`));
        }
      };
    });
  }

  #read(text: string): void {
    this.#buffered += text;
    const last = /^(\d{3}(?: .*)?)\r\n$/m.exec(this.#buffered);
    if (last !== null) {
      this.#buffered = "";
      this.#waiting?.(last[1] ?? "");
    }
  }
}
