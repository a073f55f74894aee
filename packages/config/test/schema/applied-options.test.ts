import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import type { Binding, BindingGroup, NextHop } from "../../src/schema/bindings.ts";
import type { Config } from "../../src/schema/config-schema.ts";
import type { MilterListener, SmtpListener } from "../../src/schema/listeners.ts";

/** A source file that applies an option; with `text` if its code does not have the whole name of the option. */
type Place = string | { readonly file: string; readonly text: string };

/** A file for each option of a section and of the sections in it. */
type AppliedIn<Section> = {
  readonly [Option in keyof Section]-?: Applied<Exclude<Section[Option], undefined>>;
};

/** Lists and maps of any names are applied as a whole. */
type Applied<Value> = Value extends readonly unknown[]
  ? Place
  : Value extends object
    ? string extends keyof Value
      ? Place
      : AppliedIn<Value>
    : Place;

const relay = (file: string): string => `apps/relay/src/${file}`;
const worker = (file: string): string => `apps/worker/src/${file}`;
const inPackage = (file: string): string => `packages/${file}`;

const perMinute = { file: relay("smtp/client-access.ts"), text: "PerMinute" };
const openSession = inPackage("delivery/src/next-hop/open-session.ts");
const pools = inPackage("delivery/src/next-hop/next-hop-pools.ts");
const findBinding = inPackage("config/src/scopes/find-binding.ts");
const everyScope = inPackage("config/src/scopes/every-scope.ts");
const secretFile = inPackage("config/src/files/secret-file.ts");
const keyStore = inPackage("policy/src/keys/key-store.ts");
const pipeline = inPackage("policy/src/pipeline/create-pipeline.ts");
const loadHooks = inPackage("policy/src/hooks/load-hooks.ts");
const outbound = inPackage("policy/src/signing/outbound.ts");
const senderRules = inPackage("policy/src/senders/sender-rules.ts");
const resolver = inPackage("service/src/config/resolver.ts");
const queue = inPackage("service/src/config/configured-queue.ts");
const totals = inPackage("service/src/telemetry/totals.ts");
const log = inPackage("service/src/log/log.ts");
const smtpServer = relay("smtp/relay-smtp-server.ts");
const smtpListener = relay("smtp/smtp-listener.ts");
const milterListener = relay("milter/milter-listener.ts");
const recipientCheck = relay("addresses/recipient-check.ts");
const senderCheck = relay("addresses/sender-check.ts");
const lockout = relay("clients/login-lockout.ts");
const mailQueue = relay("queue/mail-queue.ts");
const reflector = relay("reflector/reflector.ts");
const notifier = worker("dsn/notifier.ts");
const destinations = worker("delivery/connect/destination-pools.ts");
const findLimits = worker("delivery/limits/find-limits.ts");
const program = worker("program.ts");

const senders = {
  file: senderCheck,
  patterns: senderRules,
  hook: senderCheck,
  mismatch: senderCheck,
  unlisted: senderRules,
  localDomains: senderCheck,
};

/**
 * Where each option of the config takes effect. An option that is added to the schema does not compile until it has its
 * file here. Options of `signing` and `verification` are checked where they are applied, in `policy`.
 */
interface Sections {
  readonly config: AppliedIn<Omit<Config, "signing" | "verification" | "listeners" | "$schema">>;
  readonly smtpListener: AppliedIn<SmtpListener>;
  readonly milterListener: AppliedIn<MilterListener>;
  readonly binding: AppliedIn<Omit<Binding, "signing" | "verification" | "nextHop">>;
  readonly bindingGroup: AppliedIn<Pick<BindingGroup, "bindings">>;
  readonly nextHop: AppliedIn<NextHop>;
  readonly workerLimits: AppliedIn<Config["worker"]["destinations"][string]>;
}

const sections: Sections = {
  config: {
    hostname: relay("relay.ts"),
    authservId: inPackage("policy/src/pipeline/pipeline-context.ts"),
    domains: inPackage("config/src/scopes/scopes.ts"),
    bindingGroups: findBinding,
    bindings: findBinding,
    defaultBinding: pipeline,
    processes: relay("commands/run.ts"),
    limits: {
      connections: relay("clients/connection-counts.ts"),
      connectionsPerClient: relay("clients/connection-counts.ts"),
      connectionsPerMinute: perMinute,
      messagesPerMinute: perMinute,
      recipientsPerMinute: perMinute,
      loginsPerMinute: perMinute,
      rateExceptions: relay("smtp/client-access.ts"),
      messageSize: relay("message/incoming-message.ts"),
      headerSize: relay("message/header-check.ts"),
      headerFields: relay("message/header-check.ts"),
      lineLength: relay("message/incoming-message.ts"),
      recipients: relay("smtp/client-transaction.ts"),
      commandsPerSession: smtpServer,
      errorsPerSession: smtpServer,
      commandTimeout: smtpServer,
      dataTimeout: smtpServer,
      spillSize: relay("message/spool.ts"),
      memory: relay("relay.ts"),
    },
    queue: {
      file: queue,
      nats: {
        servers: queue,
        name: queue,
        replicas: queue,
        durability: queue,
        monitor: queue,
        reserve: queue,
        user: queue,
        password: queue,
        token: queue,
      },
      resendWindow: mailQueue,
      highWater: { depth: mailQueue, bytes: mailQueue, age: mailQueue, diskFree: mailQueue },
    },
    worker: {
      admin: worker("admin.ts"),
      concurrency: worker("worker.ts"),
      destinationConcurrency: findLimits,
      retry: worker("delivery/settle/retry-schedule.ts"),
      jitter: worker("delivery/settle/retry-schedule.ts"),
      expiry: worker("delivery/settle/settlement.ts"),
      delayWarning: worker("delivery/settle/settlement.ts"),
      deadLetterAge: program,
      destinations: findLimits,
      bindings: findLimits,
      port: destinations,
      tls: destinations,
      mtaSts: destinations,
      addressFamily: destinations,
      addressLiterals: destinations,
      connectTimeout: destinations,
      commandTimeout: destinations,
      bounces: { gather: notifier, returned: notifier, automatic: notifier },
      returnSize: notifier,
      jobs: {
        listen: program,
        tokenFile: program,
        subject: program,
        messageSize: program,
        concurrency: program,
        uploadTimeout: program,
      },
    },
    rotation: { journal: program, interval: program },
    keys: {
      database: pipeline,
      cacheSize: keyStore,
      positiveTtl: keyStore,
      negativeTtl: keyStore,
      preload: pipeline,
      checkPermissions: secretFile,
      allowWritable: secretFile,
    },
    dns: { servers: resolver, https: resolver, zone: resolver, timeout: resolver },
    hooks: {
      module: pipeline,
      timeout: inPackage("policy/src/signing/signing-hook.ts"),
      onError: outbound,
      processes: loadHooks,
      memory: loadHooks,
      maxFailures: worker("delivery/deliverer.ts"),
    },
    reflector: { address: reflector, from: reflector, perSenderPerHour: reflector },
    statistics: {
      level: totals,
      file: totals,
      interval: totals,
      topDomains: inPackage("service/src/telemetry/limits.ts"),
    },
    admin: {
      listen: relay("commands/run.ts"),
      tokenFile: relay("commands/run.ts"),
      web: relay("web/web-server.ts"),
    },
    log: { level: log, format: log },
    spoolDirectory: relay("relay.ts"),
  },
  smtpListener: {
    protocol: relay("relay.ts"),
    listen: smtpListener,
    direction: relay("smtp/client-trust.ts"),
    name: relay("smtp/smtp-sessions.ts"),
    mode: relay("smtp/client-transaction.ts"),
    binding: relay("smtp/client-transaction.ts"),
    bindingHeader: relay("smtp/client-transaction.ts"),
    tls: { certificate: smtpListener, key: smtpListener },
    tlsMode: smtpListener,
    auth: {
      usersFile: smtpListener,
      required: smtpListener,
      allowWithoutTls: smtpListener,
      senders,
      lockout: {
        failuresPerClient: lockout,
        failuresPerLogin: lockout,
        period: lockout,
        failureDelay: lockout,
      },
    },
    clients: relay("smtp/client-access.ts"),
    relayNetworks: relay("smtp/client-trust.ts"),
    greetingDelay: smtpListener,
    lineEndings: relay("smtp/client-transaction.ts"),
    recipients: {
      list: recipientCheck,
      file: recipientCheck,
      nextHop: recipientCheck,
      delimiter: recipientCheck,
      knownFor: recipientCheck,
      unknownFor: recipientCheck,
    },
    bounces: relay("smtp/client-trust.ts"),
    bounceStrangers: relay("smtp/client-trust.ts"),
    xclient: smtpListener,
  },
  milterListener: {
    protocol: relay("relay.ts"),
    listen: milterListener,
    direction: relay("milter/milter-context.ts"),
    name: relay("milter/milter-context.ts"),
    binding: relay("milter/milter-context.ts"),
    relayNetworks: relay("milter/milter-context.ts"),
    auth: { senders },
    signForAnyClient: relay("milter/milter-context.ts"),
    ignoreNetworks: milterListener,
    socketMode: milterListener,
    socketGroup: milterListener,
  },
  binding: { domains: everyScope, bounces: findBinding },
  bindingGroup: { bindings: findBinding },
  nextHop: {
    host: openSession,
    port: openSession,
    tls: openSession,
    verifyCertificate: openSession,
    username: openSession,
    password: openSession,
    passwordFile: openSession,
    localAddress: openSession,
    heloName: openSession,
    connections: pools,
    messagesPerConnection: pools,
    connectTimeout: openSession,
    commandTimeout: openSession,
  },
  workerLimits: { concurrency: findLimits, perMinute: findLimits },
};

describe("an option takes effect in the file that the table names", () => {
  test.each([...placesIn(sections, [])])("%s", (_path, file, text) => {
    expect(existsSync(join(repositoryRoot, file)), file).toBe(true);
    // A property that is read, one that is taken out of an object, or the end of a name that is put together.
    expect(codeOf(file)).toMatch(new RegExp(`(?:\\.|[{,]\\s*)${text}\\b|${text}\``));
  });
});

function* placesIn(
  section: object,
  path: readonly string[],
): Generator<readonly [path: string, file: string, text: string]> {
  for (const [option, place] of Object.entries(section)) {
    const here = [...path, option];
    if (typeof place === "string") {
      yield [here.join("."), place, option];
    } else if (isPlace(place)) {
      yield [here.join("."), place.file, place.text];
    } else {
      yield* placesIn(place as object, here);
    }
  }
}

function isPlace(value: unknown): value is Exclude<Place, string> {
  return typeof value === "object" && value !== null && "text" in value;
}

function codeOf(file: string): string {
  const source = readFileSync(join(repositoryRoot, file), "utf8");
  return source.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

test("an option that the schema declares and the table lacks does not compile", () => {
  type More = Config["log"] & { readonly latest?: { readonly depth?: number } };
  // @ts-expect-error -- the table has no file for `latest`
  const lacking: AppliedIn<More> = sections.config.log;
  // @ts-expect-error -- the table has no file for `latest.depth`
  const lackingBelow: AppliedIn<More> = { ...sections.config.log, latest: {} };
  expect([lacking, lackingBelow]).toHaveLength(2);
});
