import { type Config, type ConfigInput, configSchema } from "@mailseal/config";
import { generateKey, type PrivateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  type KeySource,
  keySource,
  type TxtAnswer,
  type TxtResolver,
} from "@mailseal/dns-record";
import {
  sampleContext,
  sampleEnvelope,
  sampleMessage,
  sampleText,
  signedAs,
} from "@mailseal/testkit/pipeline-samples";
import { type VerificationReport, verify } from "@mailseal/verifier";
import {
  changedMessage,
  createPipeline,
  type MailContext,
  type OpenPipeline,
  type PipelineDeps,
  type PolicyEvent,
  type Processed,
  type StoredMessage,
} from "../../src/index.ts";

/** Keys of the tests, made once: Ed25519 is quick to make and to sign with. */
export const key: PrivateKey = generateKey({ type: "ed25519" });
export const otherKey: PrivateKey = generateKey({ type: "ed25519" });
export const rsaKey: PrivateKey = generateKey({ type: "rsa" });

export const nowMs = 1_790_000_000_000;

function config(input: ConfigInput): Config {
  return configSchema.parse(input);
}

export { sampleMessage as stored, sampleText as mail, sampleEnvelope as envelope, signedAs };

export function context(change: Partial<MailContext> = {}): MailContext {
  return { ...sampleContext, ...change };
}

export const inbound: MailContext = context({ direction: "inbound", listener: "mx" });

/** DNS that is a table of names; what is not in it does not exist. */
export function dns(records: Readonly<Record<string, string | TxtAnswer>>): TxtResolver {
  const table = new Map(Object.entries(records));
  return {
    async resolveTxt(name) {
      const answer = table.get(name) ?? { status: "nxdomain" };
      return typeof answer === "string" ? { status: "found", records: [answer] } : answer;
    },
  };
}

export const published: KeySource = keySource(
  dns({
    "s1._domainkey.example.com": formatKeyRecord(key.publicKey),
    "s2._domainkey.example.com": formatKeyRecord(otherKey.publicKey),
    "s1._domainkey.esp.example": formatKeyRecord(key.publicKey),
    "rsa._domainkey.example.com": formatKeyRecord(rsaKey.publicKey),
    "test._domainkey.example.com": formatKeyRecord(key.publicKey, { flags: ["y"] }),
    "down._domainkey.example.com": { status: "servfail", reason: "SERVFAIL" },
  }),
);

export interface Opened {
  readonly pipeline: OpenPipeline;
  readonly events: PolicyEvent[];
}

export async function open(input: ConfigInput, deps: Partial<PipelineDeps> = {}): Promise<Opened> {
  const events: PolicyEvent[] = [];
  const pipeline = await createPipeline(config(input), {
    dnsKeys: published,
    hostname: "mx.example.org",
    clock: { nowMs: () => nowMs, elapsedNs: () => 0 },
    onEvent: (event) => events.push(event),
    ...deps,
  });
  return { pipeline, events };
}

export async function bytesOf(
  message: StoredMessage,
  processed: Pick<Processed, "prepend" | "remove">,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of changedMessage(message, processed).chunks()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What a receiver of the message as it goes out makes of it. */
export async function received(
  message: StoredMessage,
  processed: Processed,
): Promise<VerificationReport> {
  return verify(await bytesOf(message, processed), { keys: published, now: nowMs / 1000 });
}
