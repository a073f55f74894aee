import { rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BodyHasher, BodyHasherSet, hashBody } from "@mailseal/canonicalization";
import { configSchema, loadConfig, readConfig } from "@mailseal/config";
import { generateKey, generateKeyAsync, loadPrivateKey } from "@mailseal/crypto";
import { mailHosts, NextHopPool, nodeMailResolver, openMailHost } from "@mailseal/delivery";
import {
  cachedResolver,
  dohResolver,
  formatKeyRecord,
  formatZoneLine,
  keySource,
  nodeResolver,
  parseZone,
  staticResolver,
  wireResolver,
} from "@mailseal/dns-record";
import { serveMilter } from "@mailseal/milter";
import { mailseal } from "@mailseal/nodemailer";
import { createPipeline, loadHooks } from "@mailseal/policy";
import { openQueue } from "@mailseal/queue";
import { openNatsQueue } from "@mailseal/queue/nats";
import {
  activeFile,
  commandActivation,
  commandPublisher,
  createRotation,
  Journal,
  keyDirectory,
  powerdnsPublisher,
  updatePublisher,
  writeDurably,
  zonePublisher,
} from "@mailseal/rotation";
import { createSigner, signMessage } from "@mailseal/signer";
import { createSignerPool } from "@mailseal/signer/pool";
import {
  Aggregator,
  createStatistics,
  fileStore,
  keepSaved,
  Reporter,
  signingStatsText,
  verificationText,
} from "@mailseal/stats";
import { registerStatistics } from "@mailseal/stats/prometheus";
import {
  CrlfFixer,
  foldSignatureValue,
  formatAuthenticationResults,
  formatSignatureField,
  HeaderReader,
  MessageReader,
  parseTagList,
  toCrlf,
} from "@mailseal/syntax";
import { MessagePool, ThreadPool } from "@mailseal/thread-pool";
import { Verification, verify } from "@mailseal/verifier";
import { explain } from "@mailseal/verifier/explain";
import { createVerifierPool } from "@mailseal/verifier/pool";

/** A public function, its other arguments bound, and options that are right. */
interface PublicCall {
  readonly options: object;
  readonly run: (options: never) => unknown;
}

const folder = mkdtempSync(join(tmpdir(), "mailseal-misuse-"));
const openThings: (() => unknown)[] = [];

/** Closes what the calls were made on. */
export async function closeCalls(): Promise<void> {
  for (const close of openThings.toReversed()) await close();
  rmSync(folder, { recursive: true, force: true });
}

/** Every public function that has options, by the name that `optionParameters` gives it. */
export async function publicCalls(): Promise<ReadonlyMap<string, PublicCall>> {
  const queue = await openQueue({ file: join(folder, "queue.db") });
  const journal = new Journal(join(folder, "rotation.db"));
  openThings.push(
    () => queue.close(),
    () => journal.close(),
  );
  return new Map([
    ...canonicalizationCalls,
    ...configCalls,
    ...cryptoCalls,
    ...deliveryCalls,
    ...dnsRecordCalls,
    ...milterCalls,
    ...nodemailerCalls,
    ...policyCalls,
    ...queueCalls(queue),
    ...rotationCalls(journal),
    ...signerCalls,
    ...statsCalls,
    ...syntaxCalls,
    ...threadPoolCalls,
    ...verifierCalls,
  ]);
}

type Calls = readonly (readonly [name: string, call: PublicCall])[];

const body = Buffer.from("hello\r\n");
const message = Buffer.from("From: Ada <ada@example.com>\r\n\r\nhello\r\n");
const key = generateKey({ type: "ed25519" });
const resolver = staticResolver(new Map());
const keys = keySource(resolver);
const signature = { domain: "example.com", selector: "mail2026", key };
const statistics = createStatistics();
const snapshot = statistics.snapshot();

const hashing = { canonicalization: "relaxed", hash: "sha256" };
const canonicalizationCalls: Calls = [
  call("canonicalization hashBody(options)", hashing, (options) => hashBody(body, options)),
  call("canonicalization new BodyHasher(options)", hashing, (options) => new BodyHasher(options)),
  call("canonicalization BodyHasherSet.add(options)", hashing, (options) =>
    new BodyHasherSet().add(options),
  ),
];

const configCalls: Calls = [
  call("config loadConfig(options)", {}, (options) => loadConfig(join(folder, "none"), options)),
  call("config readConfig(options)", {}, (options) => readConfig("", options)),
];

const cryptoCalls: Calls = [
  call("crypto generateKey(options)", { type: "ed25519" }, (options) => generateKey(options)),
  call("crypto generateKeyAsync(options)", { type: "ed25519" }, (options) =>
    generateKeyAsync(options),
  ),
  call("crypto loadPrivateKey(options)", {}, (options) => loadPrivateKey(key.toPem(), options)),
  call("crypto PrivateKey.toPem(options)", {}, (options) => key.toPem(options)),
];

const mailHostsOptions = {
  resolver: nodeMailResolver({ timeoutMs: 1 }),
  family: "any",
  addressLiterals: false,
  hostname: "mx.example.net",
  random: Math.random,
};
const connection = {
  port: 25,
  tls: "never",
  verifyCertificate: false,
  connections: 1,
  messagesPerConnection: 1,
  connectTimeout: 1,
  commandTimeout: 1,
};
const poolOptions = { connections: 1, messagesPerConnection: 1, waitMs: 1, idleMs: 1 };
const deliveryCalls: Calls = [
  call("delivery mailHosts(options)", mailHostsOptions, (options) =>
    mailHosts("a.example", options),
  ),
  call("delivery openMailHost(options)", { ...mailHostsOptions, connection }, (options) =>
    openMailHost("a.example", options),
  ),
  call("delivery nodeMailResolver(options)", { timeoutMs: 1 }, (options) =>
    nodeMailResolver(options),
  ),
  call("delivery new NextHopPool(options)", poolOptions, (options) => {
    return new NextHopPool(() => Promise.reject(new Error("no next hop")), options);
  }),
];

const url = "https://dns.example/dns-query";
const dnsRecordCalls: Calls = [
  call("dns-record cachedResolver(options)", {}, (options) => cachedResolver(resolver, options)),
  call("dns-record dohResolver(options)", { url }, (options) => dohResolver(options)),
  call("dns-record formatKeyRecord(options)", {}, (options) =>
    formatKeyRecord(key.publicKey, options),
  ),
  call("dns-record formatZoneLine(options)", {}, (options) => formatZoneLine("a.b", "v", options)),
  call("dns-record keySource(options)", {}, (options) => keySource(resolver, options)),
  call("dns-record nodeResolver(options)", {}, (options) => nodeResolver(options)),
  call("dns-record parseZone(options)", {}, (options) => parseZone("", options)),
  call("dns-record wireResolver(options)", { servers: ["192.0.2.53"] }, (options) =>
    wireResolver(options),
  ),
];

const milterCalls: Calls = [
  call("milter serveMilter(options)", {}, (options) => {
    const transport = {
      read: () => Promise.resolve(undefined),
      write: () => Promise.resolve(),
      end: () => Promise.resolve(),
      destroy() {},
    };
    return serveMilter(transport, () => ({}), options);
  }),
];

const nodemailerCalls: Calls = [
  call("nodemailer mailseal(signatures)", signature, (options) => mailseal(options)),
  call("nodemailer mailseal(options)", {}, (options) => mailseal(signature, options)),
];

const policyCalls: Calls = [
  call("policy createPipeline(deps)", { dnsKeys: keys, hostname: "mx.example.net" }, (options) =>
    createPipeline(configSchema.parse({}), options),
  ),
  call("policy loadHooks(limits)", { processes: 1, memory: 1 }, (options) =>
    loadHooks(join(folder, "none.js"), options),
  ),
];

function queueCalls(queue: Awaited<ReturnType<typeof openQueue>>): Calls {
  return [
    call("queue openQueue(options)", { file: join(folder, "other.db") }, (options) =>
      openQueue(options),
    ),
    call("queue openNatsQueue(options)", { connection: {} }, (options) => openNatsQueue(options)),
    call("queue Queue.list(options)", {}, (options) => queue.list(options)),
    call("queue Queue.stats(options)", {}, (options) => queue.stats(options)),
    call("queue Queue.take(options)", {}, (options) => queue.take(1, options)),
  ];
}

const hook = { argv: ["/bin/false"] };
function rotationCalls(journal: Journal): Calls {
  const options = {
    journal,
    keyFiles: keyDirectory(join(folder, "keys")),
    publisher: zonePublisher(),
    resolvers: [{ name: "ours", resolver }],
    activation: activeFile(join(folder, "keys")),
  };
  const rotation = createRotation(options);
  const server = { server: "192.0.2.53", tsigKeyFile: join(folder, "tsig.key") };
  const powerdns = { api: "http://127.0.0.1:8081", apiKeyFile: join(folder, "api.key") };
  return [
    call("rotation createRotation(options)", options, (it) => createRotation(it)),
    call("rotation Rotation.start(options)", {}, (it) => rotation.start("a.example", it)),
    call("rotation Rotation.propose(options)", {}, (it) => rotation.propose("a.example", it)),
    call("rotation Rotation.advance(options)", {}, (it) => rotation.advance(it)),
    call("rotation Rotation.preview(options)", {}, (it) => rotation.preview(it)),
    call("rotation commandActivation(hook)", hook, (it) => commandActivation(it, folder)),
    call("rotation commandPublisher(hook)", hook, (it) => commandPublisher(it)),
    call("rotation powerdnsPublisher(options)", powerdns, (it) => powerdnsPublisher(it)),
    call("rotation updatePublisher(options)", server, (it) => updatePublisher(it)),
    call("rotation writeDurably(options)", { mode: 0o600 }, (it) =>
      writeDurably(join(folder, "written"), "text", it),
    ),
    call("rotation zonePublisher(options)", {}, (it) => zonePublisher(it)),
  ];
}

const pool = createSignerPool(new Map(), { threads: 1 });
openThings.push(() => pool.close());
const signerCalls: Calls = [
  call("signer SignerPool.set(signatures)", signature, (options) => pool.set("a", options)),
  call("signer createSigner(signatures)", signature, (options) => createSigner(options)),
  call("signer createSigner(options)", {}, (options) => createSigner(signature, options)),
  call("signer signMessage(signatures)", signature, (options) => signMessage(message, options)),
  call("signer signMessage(options)", {}, (options) => signMessage(message, signature, options)),
  call("signer createSignerPool(signers)", signature, (options) => createSignerPool(options)),
  call("signer createSignerPool(options)", {}, (options) => createSignerPool(signature, options)),
];

const reporter = { statistics, processId: "1", send() {} };
const saving = { aggregator: new Aggregator(), store: fileStore(join(folder, "statistics")) };
const registry = { registerMetric() {} } as unknown as Parameters<typeof registerStatistics>[0];
const statsCalls: Calls = [
  call("stats createStatistics(options)", {}, (options) => createStatistics(options)),
  call("stats new Aggregator(options)", {}, (options) => new Aggregator(options)),
  call("stats new Reporter(options)", reporter, (options) => new Reporter(options)),
  call("stats keepSaved(options)", saving, (options) => keepSaved(options)),
  call("stats registerStatistics(options)", {}, (options) => {
    registerStatistics(registry, () => snapshot, options);
  }),
  call("stats signingStatsText(options)", {}, (options) => signingStatsText(snapshot, options)),
  call("stats verificationText(options)", {}, (options) => verificationText(snapshot, options)),
];

const tags = {
  algorithm: "ed25519-sha256",
  domain: "example.com",
  selector: "mail2026",
  headerCanonicalization: "relaxed",
  bodyCanonicalization: "relaxed",
  signedFields: ["From"],
  bodyHash: new Uint8Array(32),
} as const;
const listener = { onHeader() {}, onBody() {} };
const syntaxCalls: Calls = [
  call("syntax new CrlfFixer(options)", {}, (options) => new CrlfFixer(options)),
  call("syntax new HeaderReader(options)", {}, (options) => new HeaderReader(options)),
  call("syntax new MessageReader(options)", {}, (options) => new MessageReader(listener, options)),
  call("syntax parseTagList(options)", {}, (options) => parseTagList("v=1", options)),
  call("syntax toCrlf(options)", {}, (options) => toCrlf(body, options)),
  call("syntax foldSignatureValue(options)", {}, (options) =>
    foldSignatureValue("AAAA", 0, options),
  ),
  call("syntax formatAuthenticationResults(options)", {}, (options) =>
    formatAuthenticationResults({ authservId: "mx.example.net", results: [] }, options),
  ),
  call("syntax formatSignatureField(options)", {}, (options) =>
    formatSignatureField(tags, options),
  ),
];

const script = { script: new URL("data:text/javascript,0") };
const threadPoolCalls: Calls = [
  call("thread-pool new ThreadPool(options)", script, (options) => new ThreadPool(options)),
  call("thread-pool new MessagePool(options)", script, (options) => new MessagePool(options)),
];

const verifierCalls: Calls = [
  call("verifier verify(options)", { keys }, (options) => verify(message, options)),
  call("verifier new Verification(options)", { keys }, (options) => new Verification(options)),
  call("verifier explain(options)", { keys }, (options) => explain(message, options)),
  call("verifier createVerifierPool(options)", { keys: resolver }, (options) =>
    createVerifierPool(options),
  ),
];

function call(
  name: string,
  options: object,
  run: (options: never) => unknown,
): readonly [string, PublicCall] {
  return [`@mailseal/${name}`, { options, run }];
}
