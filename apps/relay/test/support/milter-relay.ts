import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ConfigInput, configSchema } from "@mailseal/config";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, keyRecordName } from "@mailseal/dns-record";
import type { Pipeline } from "@mailseal/policy";
import { createLog, type Policy, policyOf } from "@mailseal/service";
import { createSigner } from "@mailseal/signer";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { Relay } from "../../src/relay.ts";
import { afterThisTest } from "./relay-under-test.ts";

const key = generateKey({ type: "ed25519" });

/** Mail as other hosts of example.com sign it. */
export function signedElsewhere(message: Uint8Array): Buffer {
  const signer = createSigner({ domain: "example.com", selector: "s1", key });
  return Buffer.from(signer.sign(message).toBytes());
}

export interface MilterRelay {
  readonly relay: Relay;
  /** In the form of main.cf. */
  readonly address: string;
  readonly log: () => Record<string, unknown>[];
  /** The policy of a changed config, for a reload. */
  readonly policyWith: (changes: Partial<ConfigInput>) => Promise<Policy>;
}

export interface MilterRelayOptions {
  readonly listener?: Record<string, unknown>;
  readonly config?: Partial<ConfigInput>;
  /** Replaces the pipeline of the config. */
  readonly pipeline?: Pipeline;
}

/** A milter that signs for example.com and has its key in a zone; stopped after the test. */
export async function startMilterRelay({
  listener,
  config,
  pipeline,
}: MilterRelayOptions = {}): Promise<MilterRelay> {
  const directory = temporaryDirectory("test");
  const [keyFile, zone] = [join(directory, "key.pem"), join(directory, "zone.json")];
  writeFileSync(keyFile, key.toPem(), { mode: 0o600 });
  const name = keyRecordName("s1", "example.com");
  writeFileSync(zone, JSON.stringify({ [name]: [formatKeyRecord(key.publicKey)] }));
  const policyWith = async (changes: Partial<ConfigInput>): Promise<Policy> => {
    const input = {
      hostname: "mx.test",
      signing: { selector: "s1", key: keyFile },
      dns: { zone },
      listeners: [{ protocol: "milter", listen: "127.0.0.1:0", ...listener }],
      ...changes,
    };
    const policy = await policyOf(configSchema.parse(input), () => undefined);
    return pipeline === undefined ? policy : { ...policy, pipeline };
  };
  const lines: string[] = [];
  const log = createLog({ level: "info", format: "json" }, { write: (line) => lines.push(line) });
  const relay = await Relay.start(await policyWith(config ?? {}), { log });
  afterThisTest(() => relay.stop(0));
  const [bound] = relay.addresses;
  const address =
    bound === undefined || "path" in bound
      ? `unix:${bound?.path ?? ""}`
      : `inet:127.0.0.1:${bound.port}`;
  return {
    relay,
    address,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    policyWith,
  };
}
