import { MilterError } from "../errors.ts";
import type { SessionSettings } from "../options.ts";
import { type Command, type LostCommand, lostCommand, readCommand } from "../wire/command.ts";
import { PacketDecoder } from "../wire/packet-decoder.ts";
import { encodeReply } from "../wire/reply.ts";
import { Interruptible, type Interruption, type Waited } from "./interruptible.ts";
import type { MilterTransport } from "./transport.ts";

/** Packets are written together up to about this size. */
const togetherBytes = 64 * 1024;

/**
 * Commands from the transport, replies to it, each within its time. One piece of what the MTA sends is
 * read ahead, so that its end is noticed while a handler works; no more is, which holds the MTA back.
 */
export class CommandChannel {
  readonly #transport: MilterTransport;
  readonly #settings: SessionSettings;
  readonly #decoder: PacketDecoder;
  readonly #waits: Interruptible;
  readonly #unwritten: Uint8Array[] = [];
  #unwrittenBytes = 0;
  #reading: Promise<Uint8Array | undefined> | undefined;
  #gone = false;
  #destroyed = false;

  constructor(transport: MilterTransport, settings: SessionSettings) {
    this.#transport = transport;
    this.#settings = settings;
    this.#decoder = new PacketDecoder(settings.maxPacketBytes, settings.memory);
    this.#waits = new Interruptible(settings.timers);
  }

  /** Whether the MTA is there no more, or is not to be spoken to. */
  get over(): boolean {
    return this.#gone || this.#destroyed;
  }

  /**
   * The MTA's next command; undefined when there will be none, because the MTA has ended, or `stop` was
   * called and the command would be the first of something new. Throws a `MilterError` for all else.
   */
  async next(limitMs: number): Promise<Command | LostCommand | undefined> {
    for (;;) {
      const packet = this.#decoder.next();
      if (packet?.kind === "malformed") throw new MilterError(packet.code, packet.reason);
      if (packet?.kind === "lost") return lostCommand(packet);
      if (packet !== undefined) {
        const command = readCommand(packet);
        if (command.kind !== "malformed") return command;
        throw new MilterError("protocol-violation", command.reason);
      }
      const chunk = await this.#nextChunk(limitMs);
      if (chunk === undefined) return undefined;
      this.#decoder.push(chunk);
    }
  }

  /** Writes what was added, and these bytes. Throws a `MilterError` where the MTA does not take it. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#unwritten.push(bytes);
    await this.#flush();
  }

  /** Like `write`, but small pieces travel together: an MTA may be slow to take them one by one. */
  async add(bytes: Uint8Array): Promise<void> {
    this.#unwritten.push(bytes);
    this.#unwrittenBytes += bytes.length;
    if (this.#unwrittenBytes >= togetherBytes) await this.#flush();
  }

  /** Tells the MTA "still at work", time and again, until the function that it returns is called. */
  beginProgress(): () => void {
    const { timers, progressIntervalMs } = this.#settings;
    const wait = (): (() => void) =>
      timers.after(progressIntervalMs, () => {
        // What becomes of it shows in the next read or write.
        if (!this.over) this.#transport.write(encodeReply({ kind: "progress" })).catch(() => {});
        cancel = wait();
      });
    let cancel = wait();
    return () => cancel();
  }

  /** Waits for a handler, reading ahead, until the MTA is gone. */
  waitForHandler<Value>(promise: Promise<Value>, limitMs: number): Promise<Waited<Value>> {
    const waited = this.#waits.wait(promise, limitMs, ["gone", "destroyed"]);
    if (this.over) this.#waits.interrupt("gone");
    else void this.#read();
    return waited;
  }

  /** Waits whether the MTA is there or not. */
  waitFor<Value>(promise: Promise<Value>, limitMs: number): Promise<Waited<Value>> {
    return this.#waits.wait(promise, limitMs, []);
  }

  /** Ends a wait for the next command. */
  interruptRead(): void {
    this.#waits.interrupt("stopped");
  }

  /** Ends the connection when the MTA has taken what was written. */
  async end(): Promise<void> {
    if (this.#destroyed) return;
    this.#decoder.close();
    await this.#waits.wait(this.#transport.end(), this.#settings.timeLimits.writeMs, ["destroyed"]);
    this.#transport.destroy();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#decoder.close();
    this.#transport.destroy();
    this.#waits.interrupt("destroyed");
  }

  async #flush(): Promise<void> {
    const { writeMs } = this.#settings.timeLimits;
    const pieces = this.#unwritten.splice(0);
    this.#unwrittenBytes = 0;
    if (this.#destroyed) return;
    const [only] = pieces;
    const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    const written = await this.#waits.wait(this.#transport.write(bytes), writeMs, ["destroyed"]);
    if (written.kind === "error") throw transportFailed(written.error);
    if (written.kind === "timeout") {
      const reason = `the MTA took nothing of what was written in ${writeMs} ms`;
      throw new MilterError("mta-timeout", reason);
    }
  }

  async #nextChunk(limitMs: number): Promise<Uint8Array | undefined> {
    if (this.#destroyed) return undefined;
    const until: readonly Interruption[] = ["stopped", "destroyed"];
    const read = await this.#waits.wait(this.#read(), limitMs, until);
    switch (read.kind) {
      case "value":
        this.#reading = undefined;
        return read.value;
      case "error":
        this.#reading = undefined;
        throw transportFailed(read.error);
      case "timeout":
        throw new MilterError("mta-timeout", `the MTA sent nothing for ${limitMs} ms`);
      default:
        return undefined;
    }
  }

  #read(): Promise<Uint8Array | undefined> {
    if (this.#reading === undefined) {
      this.#reading = this.#transport.read();
      this.#reading.then(
        (chunk) => (chunk === undefined ? this.#end() : undefined),
        () => this.#end(),
      );
    }
    return this.#reading;
  }

  #end(): void {
    this.#gone = true;
    this.#waits.interrupt("gone");
  }
}

function transportFailed(cause: unknown): MilterError {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new MilterError("transport-failed", `the connection to the MTA failed${reason}`, {
    cause,
  });
}
