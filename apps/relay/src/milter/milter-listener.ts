import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { type ListenTarget, listenTarget, type MilterListener } from "@mailseal/config";
import { type MilterError, type MilterSession, serveMilter } from "@mailseal/milter";
import { boundAddress, listenOn, type SocketFile } from "@mailseal/service";
import { SenderCheck } from "../addresses/sender-check.ts";
import type { ClientLimits } from "../clients/client-limits.ts";
import { ConnectionCounts } from "../clients/connection-counts.ts";
import { Networks } from "../clients/networks.ts";
import { RelayError } from "../errors.ts";
import type { Generation } from "../generation.ts";
import type { RunningListener } from "../running-listener.ts";
import { MilterConnection } from "./milter-connection.ts";

/** The longest packet of a body, and the room that a field needs beside its text. */
const smallestPacketLimit = 64 * 1024;
const packetOverhead = 4096;

/** The key of all MTAs in the connection counts: an MTA's connections come from one address, if any. */
const mta = "milter";

/** One milter listener of the config: signs or verifies the mail that MTAs report. */
export class RunningMilterListener implements RunningListener {
  readonly #listener: MilterListener;
  readonly #counts: ConnectionCounts;
  readonly #relayNetworks: Networks;
  readonly #ignored: Networks;
  readonly #senders: SenderCheck | undefined;
  readonly #server: Server;
  readonly #sessions = new Set<MilterSession>();
  readonly #key: string;
  #generation: Generation;

  private constructor(
    generation: Generation,
    listener: MilterListener,
    limits: ClientLimits,
    senders: SenderCheck | undefined,
  ) {
    this.#generation = generation;
    this.#listener = listener;
    this.#counts = new ConnectionCounts(limits.connections);
    this.#relayNetworks = new Networks(listener.relayNetworks);
    this.#ignored = new Networks(listener.ignoreNetworks ?? []);
    this.#senders = senders;
    this.#key = sameKey(listener, generation);
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Throws a `RelayError` if the listener cannot listen, or if its group does not exist. */
  static async start(
    generation: Generation,
    listener: MilterListener,
    limits: ClientLimits,
  ): Promise<RunningMilterListener> {
    const senders = await SenderCheck.open(listener, generation);
    const running = new RunningMilterListener(generation, listener, limits, senders);
    try {
      await listenOn(running.#server, listenTarget(listener.listen), socketFile(listener));
    } catch (error) {
      senders?.close();
      throw error;
    }
    return running;
  }

  get address(): ListenTarget {
    return boundAddress(this.#server);
  }

  get config(): MilterListener {
    return this.#listener;
  }

  canServe(listener: MilterListener, generation: Generation): boolean {
    return sameKey(listener, generation) === this.#key;
  }

  use(generation: Generation): void {
    this.#generation = generation;
    this.#senders?.reread();
  }

  stopListening(): void {
    if (this.#server.listening) {
      this.#server.close();
    }
  }

  async stop(deadlineMs: number): Promise<void> {
    this.stopListening();
    this.#senders?.close();
    const ended = Array.from(this.#sessions, (session) => {
      session.stop();
      return session.done;
    });
    const timer = setTimeout(() => {
      for (const session of this.#sessions) {
        session.destroy();
      }
    }, deadlineMs);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  #accept(socket: Socket): void {
    const { connections, headerSize } = this.#generation.config.limits;
    // The session reports errors of its own; this is for those before there is one.
    socket.on("error", () => undefined);
    if (!this.#counts.enter(mta, { connections, connectionsPerClient: connections })) {
      this.#generation.log.warn({ listener: this.#listener.listen }, "too many milter connections");
      socket.destroy();
      return;
    }
    const session = serveMilter(
      socket,
      () =>
        new MilterConnection(
          () => ({
            generation: this.#generation,
            listener: this.#listener,
            relayNetworks: this.#relayNetworks,
            senders: this.#senders,
          }),
          this.#ignored,
        ),
      {
        actions: ["add-headers", "change-headers", "quarantine"],
        silentSteps: [
          // A client of ignoreNetworks is let through in the answer to its connection.
          ...(this.#listener.ignoreNetworks === undefined ? (["connect"] as const) : []),
          "helo",
          "mailFrom",
          "rcptTo",
          "header",
          "body",
        ],
        maxPacketBytes: Math.max(headerSize, smallestPacketLimit) + packetOverhead,
        memory: this.#generation.memory,
        onError: (error) => this.#report(error),
      },
    );
    this.#sessions.add(session);
    void session.done.finally(() => {
      this.#sessions.delete(session);
      this.#counts.leave(mta);
    });
  }

  #report(error: MilterError): void {
    const { code, step, cause } = error;
    const entry = { listener: this.#listener.listen, code, step, fault: error, cause };
    if (code === "no-room") {
      this.#generation.log.warn(
        entry,
        "no memory for a milter packet (limits.memory), answered 451",
      );
      return;
    }
    // An MTA that disconnects is not an error.
    if (code === "transport-failed" || code === "mta-timeout") {
      this.#generation.log.debug(entry, "milter connection ended");
    } else {
      this.#generation.log.error(entry, "milter failure");
    }
  }
}

/** The mail server runs as another user, so it can use the socket by its group only. */
function socketFile({ socketMode = "0660", socketGroup }: MilterListener): SocketFile {
  const mode = Number.parseInt(socketMode, 8);
  return socketGroup === undefined ? { mode } : { mode, groupId: groupId(socketGroup) };
}

/** The number of a group, which is a number or a name in /etc/group. Throws a `RelayError` "socket-group". */
export function groupId(group: string, file = "/etc/group"): number {
  if (/^\d+$/.test(group)) {
    return Number(group);
  }
  const entry = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === group);
  if (entry === undefined) {
    throw new RelayError(
      "socket-group",
      `expected socketGroup to be a group of ${file} or a number, got ${JSON.stringify(group)}`,
    );
  }
  return Number(entry[2]);
}

function sameKey(listener: MilterListener, { config, hostname }: Generation): string {
  return JSON.stringify([listener, config.limits, hostname]);
}
