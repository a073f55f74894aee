import { createRequire } from "node:module";
import { PassThrough, Readable, type Writable } from "node:stream";
import { buffer } from "node:stream/consumers";

/** What ZoneMTA passes to every hook of one message; plugins may use it as a key of a WeakMap. */
interface Envelope {
  readonly id: string;
}

type AnalyzerHook = (envelope: Envelope, source: Readable, destination: Writable) => void;
type StoreHook = (envelope: Envelope, body: Readable) => Promise<void>;

/** The reply to a message, and its bytes if it was queued. */
export interface Outcome {
  readonly responseCode: number;
  readonly reply: string;
  readonly queued: Buffer | undefined;
}

/**
 * The part of ZoneMTA's receiver that runs plugins, as its plugins/README.md documents it: analyzer hooks are piped one after
 * the other, each with a destination that it must end; "message:store" runs before the queue reads the first byte; an
 * error of that hook refuses the message with its `responseCode`, else with 450. Everything else that a plugin may
 * call is missing, so a call of it fails the test.
 */
export class ZoneMta {
  readonly #analyzers: AnalyzerHook[] = [];
  readonly #storeHooks: StoreHook[] = [];

  /** Loads a plugin with its settings, as the process does when it starts. Rejects if its `init` does. */
  async load(path: string, config: unknown): Promise<void> {
    const plugin = createRequire(import.meta.url)(path) as {
      readonly title: string;
      init(app: unknown): Promise<void>;
    };
    await plugin.init({
      config,
      logger: { error: () => undefined },
      addAnalyzerHook: (hook: AnalyzerHook) => void this.#analyzers.push(hook),
      addHook: (name: string, hook: StoreHook) => {
        if (name !== "message:store") throw new Error(`expected "message:store", got "${name}"`);
        this.#storeHooks.push(hook);
      },
    });
  }

  /** Receives a message in pieces; with `failure`, the client's connection ends with that error after them. */
  async receive(pieces: readonly Uint8Array[], failure?: Error): Promise<Outcome> {
    const envelope: Envelope = { id: "1" };
    let input: Readable = Readable.from(
      (async function* () {
        yield* pieces;
        if (failure !== undefined) throw failure;
      })(),
    );
    // As ZoneMTA does: an error of one stream is an error of the next.
    const body = new PassThrough({ highWaterMark: 1 });
    body.on("error", () => undefined);
    for (const hook of this.#analyzers) {
      const analyzed = new PassThrough({ highWaterMark: 1 });
      const source = input;
      hook(envelope, source, analyzed);
      source.once("error", (error) => analyzed.destroy(error));
      analyzed.once("error", (error) => body.destroy(error));
      input = analyzed;
    }
    input.pipe(body);
    try {
      for (const hook of this.#storeHooks) await hook(envelope, body);
      return { responseCode: 250, reply: "Message queued as 1", queued: await buffer(body) };
    } catch (error) {
      body.resume();
      const { message, responseCode = 450 } = error as Error & { readonly responseCode?: number };
      return { responseCode, reply: message, queued: undefined };
    }
  }
}
