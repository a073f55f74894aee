import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterThisTest } from "./relay-under-test.ts";

/** A client that sends any octets, and reads replies one by one. */
export class RawClient {
  #socket: Socket;
  #text = "";
  #ended = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  /** `from`: an address of this machine, such as 127.0.0.2; `early`: octets that are sent at once. */
  static async connect(port: number, from = "127.0.0.1", early = ""): Promise<RawClient> {
    const socket = connect({ host: "127.0.0.1", port, localAddress: from });
    if (early !== "") socket.write(early);
    afterThisTest(async () => void socket.destroy());
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /** Connects, and waits for the greeting and the answer to EHLO. */
  static async greeted(port: number, from?: string): Promise<RawClient> {
    const client = await RawClient.connect(port, from);
    await client.reply();
    await client.ask("EHLO client.test");
    return client;
  }

  /** Starts TLS, and resolves to the answer to EHLO over it. */
  async startTls(): Promise<string> {
    await this.ask("STARTTLS");
    this.#socket.removeAllListeners("data");
    const socket = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    this.#socket = socket;
    this.#listen(socket);
    return this.ask("EHLO client.test");
  }

  /** Sends MAIL, RCPT and DATA, and throws if one of them is refused. */
  async toData(recipient = "ann@example.net"): Promise<void> {
    for (const line of ["MAIL FROM:<joe@example.com>", `RCPT TO:<${recipient}>`, "DATA"]) {
      const reply = await this.ask(line);
      if (!/^[23]/.test(reply)) {
        throw new Error(`${line}: ${reply}`);
      }
    }
  }

  async ask(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  send(octets: string | Uint8Array): void {
    this.#socket.write(typeof octets === "string" ? Buffer.from(octets, "latin1") : octets);
  }

  /** The next reply, its lines joined by LF; "" if the server has closed the connection. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.#text);
      if (match !== null) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].trimEnd().replaceAll("\r\n", "\n");
      }
      if (this.#ended) {
        return "";
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resets the connection. */
  vanish(): void {
    this.#socket.resetAndDestroy();
  }

  #listen(socket: Socket): void {
    socket.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString("latin1");
      this.#wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
  }
}
