import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import type { Certificate } from "./certificates.ts";

/** The fate of STARTTLS, or of a connection that starts with TLS. */
export type TlsReaction =
  | { readonly type: "tls"; readonly certificate: Certificate }
  /** A reply instead of 220; the session continues in the clear. */
  | { readonly type: "refused"; readonly reply: string }
  /** 220, and then no word. */
  | { readonly type: "silent" }
  /** 220, and then something that is no TLS. */
  | { readonly type: "garbage" }
  /** 220, and then the end. */
  | { readonly type: "closed" };

/**
 * Speaks TLS in front of a sink that knows none. It keeps what clients send in the clear, so that a test can
 * tell what was never to be sent so.
 */
export class TlsFront {
  readonly port: number;
  /** Whether any client finished a handshake. */
  secured = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #clear = "";

  private constructor(server: Server) {
    this.#server = server;
    const address = server.address();
    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** The sink's extensions must tell of STARTTLS. */
  static async startTls(sinkPort: number, reaction: TlsReaction): Promise<TlsFront> {
    const server = createServer();
    const front = await TlsFront.#listening(server);
    server.on("connection", (socket) => front.#serve(socket, sinkPort, reaction));
    return front;
  }

  /** TLS from the first octet. */
  static async implicit(sinkPort: number, reaction: TlsReaction): Promise<TlsFront> {
    const server = reaction.type === "tls" ? createTlsServer(reaction.certificate) : createServer();
    const front = await TlsFront.#listening(server);
    server.on("tlsClientError", () => undefined);
    server.on("secureConnection", (socket: Socket) => front.#join(socket, sinkPort));
    if (reaction.type !== "tls") {
      server.on("connection", (socket) => {
        front.#watch(socket);
        front.#misbehave(socket, reaction.type);
      });
    }
    return front;
  }

  /** Everything that was sent without TLS. */
  get clear(): string {
    return this.#clear;
  }

  /** Cuts every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  static async #listening(server: Server): Promise<TlsFront> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TlsFront(server);
  }

  #serve(socket: Socket, sinkPort: number, reaction: TlsReaction): void {
    const sink = toSink(socket, sinkPort);
    sink.pipe(socket);
    const read = (chunk: Buffer): void => {
      this.#clear += chunk.toString("latin1");
      if (!/^STARTTLS\r\n$/i.test(chunk.toString("latin1"))) {
        sink.write(chunk);
      } else if (reaction.type === "refused") {
        socket.write(`${reaction.reply}\r\n`);
      } else {
        socket.off("data", read);
        sink.unpipe(socket);
        socket.write("220 2.0.0 Go on\r\n");
        this.#upgrade(socket, sink, reaction);
      }
    };
    socket.on("data", read);
  }

  #upgrade(socket: Socket, sink: Socket, reaction: TlsReaction): void {
    if (reaction.type === "tls") {
      const { cert, key } = reaction.certificate;
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      secure.on("error", () => undefined);
      secure.on("secure", () => {
        this.secured = true;
      });
      secure.pipe(sink);
      sink.pipe(secure);
    } else {
      this.#watch(socket);
      this.#misbehave(socket, reaction.type);
    }
  }

  #misbehave(socket: Socket, type: TlsReaction["type"]): void {
    if (type === "garbage") {
      socket.write("220 this is no TLS\r\n");
    } else if (type === "closed") {
      socket.destroySoon();
    }
  }

  #watch(socket: Socket): void {
    socket.on("data", (chunk) => {
      this.#clear += chunk.toString("latin1");
    });
  }

  #join(socket: Socket, sinkPort: number): void {
    this.secured = true;
    socket.on("error", () => undefined);
    const sink = toSink(socket, sinkPort);
    sink.pipe(socket);
    socket.pipe(sink);
  }
}

function toSink(socket: Socket, sinkPort: number): Socket {
  const sink = connect(sinkPort, "127.0.0.1");
  sink.on("error", () => undefined);
  socket.on("close", () => sink.destroy());
  return sink;
}
