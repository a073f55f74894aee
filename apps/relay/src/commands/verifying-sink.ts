import { buffer } from "node:stream/consumers";
import { keySource, parseZone, staticResolver } from "@mailseal/dns-record";
import { listenOn } from "@mailseal/service";
import { verify, type VerificationReport } from "@mailseal/verifier";
import { SMTPServer } from "smtp-server";

export interface SunkMessage {
  readonly bytes: Uint8Array;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly report: VerificationReport;
}

/** A next hop on loopback that accepts all mail, verifies it with the keys of a zone, and keeps nothing. */
export class VerifyingSink {
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer) {
    this.#server = server;
  }

  static async start(
    zone: string,
    onMessage: (message: SunkMessage) => void,
  ): Promise<VerifyingSink> {
    const keys = keySource(staticResolver(parseZone(zone)));
    const server = new SMTPServer({
      name: "sink.demo",
      disabledCommands: ["AUTH", "STARTTLS"],
      disableReverseLookup: true,
      logger: false,
      onData: async (stream, { envelope }, done) => {
        try {
          const bytes = await buffer(stream);
          onMessage({
            bytes,
            from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
            recipients: envelope.rcptTo.map(({ address }) => address),
            report: await verify(bytes, { keys }),
          });
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        done(null, "received and verified");
      },
    });
    server.on("error", () => undefined);
    await listenOn(server.server, { host: "127.0.0.1", port: 0 });
    return new VerifyingSink(server);
  }

  get port(): number {
    const address = this.#server.server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  stop(): Promise<void> {
    for (const connection of this.#server.connections) {
      connection._socket.destroy();
    }
    return new Promise((resolve) => this.#server.server.close(() => resolve()));
  }
}
