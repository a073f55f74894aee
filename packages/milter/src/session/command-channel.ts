import { MilterError } from "../errors.ts";
import type { SessionSettings } from "../options.ts";
import { type Command, type LostCommand, lostCommand, readCommand } from "../wire/command.ts";
import { PacketDecoder } from "../wire/packet-decoder.ts";
import { encodeReply } from "../wire/reply.ts";
import { Interruptible, type Interruption, type Waited } from "./interruptible.ts";
import type { MilterTransport } from "./transport.ts";

/** Small packets are written together up to about this size. */
const togetherBytes = 64 * 1024;

/**
 * Reads commands from the transport and writes replies to it, within time limits. It reads one piece ahead, to
 * notice a disconnect while a handler works, and no more, so that a fast MTA is held back.
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

  /** Whether the MTA has disconnected, or the channel was destroyed. */
  get over(): boolean {
    return this.#gone || this.#destroyed;
  }

  /**
   * The MTA's next command; undefined if there will be none, because the MTA has ended, or `stop` was called and
   * the command would start something new. Throws a `MilterError` otherwise.
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

  /** Writes the added pieces and these bytes. Throws a `MilterError` if the MTA does not read them. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#unwritten.push(bytes);
    await this.#flush();
  }

  /** Like `write`, but collects small pieces, because an MTA may be slow to read them one by one. */
  async add(bytes: Uint8Array): Promise<void> {
    this.#unwritten.push(bytes);
    this.#unwrittenBytes += bytes.length;
    if (this.#unwrittenBytes >= togetherBytes) await this.#flush();
  }

  /** Sends "progress" to the MTA repeatedly, until the returned function is called. */
  beginProgress(): () => void {
    const { timers, progressIntervalMs } = this.#settings;
    const wait = (): (() => void) =>
      timers.after(progressIntervalMs, () => {
        // A failure shows in the next read or write.
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

  /** Waits even if the MTA is gone. */
  waitFor<Value>(promise: Promise<Value>, limitMs: number): Promise<Waited<Value>> {
    return this.#waits.wait(promise, limitMs, []);
  }

  /** Ends a wait for the next command. */
  interruptRead(): void {
    this.#waits.interrupt("stopped");
  }

  /** Ends the connection once the MTA has read everything that was written. */
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
      const reason = `the MTA has not read its replies for ${writeMs} ms`;
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
