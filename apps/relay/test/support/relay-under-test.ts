import { type Config, type ConfigInput, configSchema } from "@mailseal/config";
import { generateKey, type PrivateKey } from "@mailseal/crypto";
import type { Pipeline, Processed, StoredMessage } from "@mailseal/policy";
import { createLog, type Policy } from "@mailseal/service";
import { createSigner } from "@mailseal/signer";
import { newField } from "@mailseal/syntax";
import { afterEach } from "vitest";
import { Relay } from "../../src/relay.ts";

/** Signs for example.com with the real signer, and accepts every message. */
export const testKey: PrivateKey = generateKey({ type: "ed25519" });

export function signingPipeline(binding = "out"): Pipeline {
  const signer = createSigner({ domain: "example.com", selector: "s1", key: testKey });
  return {
    process: async (message, _envelope, context) => {
      const stream = signer.stream();
      for await (const chunk of message.chunks()) {
        stream.write(chunk);
      }
      const { signatures } = stream.finish();
      const prepend = signatures.map(({ field }) => newField(field));
      return { ...accepting(context.binding ?? binding), prepend, signatures };
    },
  };
}

/** Passes messages on as they are. */
export function passingPipeline(binding = "out"): Pipeline {
  return { process: async (_m, _e, context) => accepting(context.binding ?? binding) };
}

function accepting(binding: string): Processed {
  return { disposition: { action: "accept" }, prepend: [], remove: [], binding, signatures: [] };
}

export async function wholeMessage(message: StoredMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message.chunks()) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export interface RunningTestRelay {
  readonly relay: Relay;
  readonly port: number;
  readonly config: Config;
  /** The log lines so far. */
  readonly log: () => Record<string, unknown>[];
}

export interface TestRelayOptions {
  readonly nextHopPort: number;
  readonly nextHop?: Record<string, unknown>;
  readonly listener?: Record<string, unknown>;
  readonly config?: Partial<ConfigInput>;
  readonly pipeline?: Pipeline;
  readonly sendersOf?: Policy["sendersOf"] | undefined;
  /** Called when no message and no listener needs the config any longer. */
  readonly onClose?: () => void;
}

const cleanups: (() => Promise<void>)[] = [];

/** Registers a cleanup that runs after the test. */
export function afterThisTest(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    await cleanup();
  }
});

export function testConfig({ nextHopPort, nextHop, listener, config }: TestRelayOptions): Config {
  return configSchema.parse({
    hostname: "relay.test",
    bindings: { out: { nextHop: { host: "127.0.0.1", port: nextHopPort, ...nextHop } } },
    defaultBinding: "out",
    listeners: [{ protocol: "smtp", listen: "127.0.0.1:0", direction: "outbound", ...listener }],
    ...config,
  });
}

/** A relay on loopback in front of a next hop; stopped after the test. */
export async function startRelay(options: TestRelayOptions): Promise<RunningTestRelay> {
  const config = testConfig(options);
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "json" }, { write: (line) => lines.push(line) });
  const policy = {
    config,
    pipeline: options.pipeline ?? signingPipeline(),
    ...(options.sendersOf === undefined ? {} : { sendersOf: options.sendersOf }),
    close: options.onClose ?? (() => undefined),
  };
  const relay = await Relay.start(policy, { log });
  afterThisTest(() => relay.stop(0));
  const [address] = relay.addresses;
  return {
    relay,
    port: address !== undefined && "port" in address ? address.port : 0,
    config,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
