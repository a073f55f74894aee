import { nearestName } from "@mailseal/errors";
import { isLoopback, isUnixSocket } from "../network/listen-address.ts";
import { listenAddresses, usedTwice } from "../network/listen-addresses.ts";
import { coversAllAddresses } from "../network/network-coverage.ts";
import type { Config } from "../schema/config-schema.ts";
import { everyScope, everySignature } from "../scopes/every-scope.ts";
import { bindingNames, findBinding } from "../scopes/find-binding.ts";
import type { SchemaProblem } from "./schema-problems.ts";

/** Errors in the combination of options, each of which is well formed by itself. */
export function crossProblems(config: Config): readonly SchemaProblem[] {
  return [
    ...unknownBindings(config),
    ...bindingsInSeveralGroups(config),
    ...listenersWithoutNextHop(config),
    ...addressesUsedTwice(config),
    ...listenersForStrangers(config),
    ...sendersOfNobody(config),
    ...twoKeys(config),
    ...openAdmin(config),
    ...queueProblems(config),
    ...recipientProblems(config),
  ];
}

function* unknownBindings(config: Config): Generator<SchemaProblem> {
  const names = bindingNames(config);
  const used: (readonly [readonly (string | number)[], string | undefined])[] = [
    [["defaultBinding"], config.defaultBinding],
    ...config.listeners.map(
      ({ binding }, index) => [["listeners", index, "binding"], binding] as const,
    ),
  ];
  for (const [path, name] of used) {
    if (name !== undefined && !names.has(name)) {
      const nearest = nearestName(name, names);
      const hint = nearest === undefined ? "add it to bindings" : `did you mean "${nearest}"?`;
      yield { path, message: `there is no binding ${JSON.stringify(name)}; ${hint}` };
    }
  }
}

function* bindingsInSeveralGroups(config: Config): Generator<SchemaProblem> {
  const groupOf = new Map<string, string>();
  for (const [group, { bindings }] of Object.entries(config.bindingGroups)) {
    for (const name of Object.keys(bindings ?? {})) {
      const other = groupOf.get(name);
      if (other !== undefined) {
        yield {
          path: ["bindingGroups", group, "bindings", name],
          message: `expected a binding to be in one group, but this one is also in ${other}: remove it from one of them`,
        };
      }
      groupOf.set(name, group);
    }
  }
}

function* listenersWithoutNextHop(config: Config): Generator<SchemaProblem> {
  for (const [index, listener] of config.listeners.entries()) {
    if (listener.protocol === "smtp" && listener.mode === "proxy") {
      const name = listener.binding ?? config.defaultBinding;
      if (name === undefined) {
        yield {
          path: ["listeners", index],
          message:
            "expected a binding with a nextHop for the mail: set binding here, or defaultBinding",
        };
      } else if (
        bindingNames(config).has(name) &&
        findBinding(config, name)?.nextHop === undefined
      ) {
        yield {
          path: ["listeners", index],
          message: `expected binding ${name} to have a nextHop, but it has none: set nextHop, or another binding`,
        };
      }
    }
  }
}

function* addressesUsedTwice(config: Config): Generator<SchemaProblem> {
  const { relay, worker } = listenAddresses(config);
  for (const program of [relay, worker]) {
    for (const { path, other, address } of usedTwice(program)) {
      yield {
        path,
        message: `expected an address of its own, but ${address} is also that of ${other}`,
      };
    }
  }
}

function* sendersOfNobody({ listeners, hooks }: Config): Generator<SchemaProblem> {
  for (const [index, { auth }] of listeners.entries()) {
    const path = ["listeners", index, "auth", "senders"];
    const { senders } = auth ?? {};
    if (senders === undefined) continue;
    if (senders.hook && hooks === undefined) {
      yield {
        path: [...path, "hook"],
        message: "expected hooks.module, which has the hook: set it",
      };
    }
    if (senders.file === undefined && senders.patterns.length === 0 && !senders.hook) {
      yield {
        path,
        message: "expected file, patterns or hook: without any, no login has an address",
      };
    }
  }
}

/** Listeners at which anybody could have mail signed, or claim to be somebody else. */
function* listenersForStrangers({ listeners }: Config): Generator<SchemaProblem> {
  for (const [index, listener] of listeners.entries()) {
    const path = ["listeners", index];
    const { relayNetworks } = listener;
    const relaysForAll = relayNetworks !== undefined && coversAllAddresses(relayNetworks);
    if (listener.protocol === "milter") {
      if (relaysForAll && !listener.signForAnyClient) {
        yield {
          path: [...path, "relayNetworks"],
          message:
            "expected the networks whose mail is yours, but these are all addresses: name your own, or set direction: outbound and signForAnyClient: true",
        };
      }
      continue;
    }
    if (listener.xclient && (relayNetworks === undefined || relaysForAll)) {
      yield {
        path: [...path, "xclient"],
        message:
          "expected relayNetworks to name the hosts that may use XCLIENT, because they can claim any address and any login: set relayNetworks on this listener",
      };
    }
    if (listener.direction === "outbound" && listener.auth?.required !== true) {
      const isOpen = coversAllAddresses(listener.clients ?? []);
      if (relaysForAll || (isOpen && relayNetworks === undefined)) {
        yield {
          path: [...path, relaysForAll ? "relayNetworks" : "clients"],
          message:
            "expected limits on who may send, but anybody could have mail signed and relayed here: name your networks in clients, set auth.required, or name in relayNetworks the clients that may send without AUTH",
        };
      }
    }
  }
}

function* twoKeys(config: Config): Generator<SchemaProblem> {
  for (const scope of everyScope(config)) {
    for (const { path, settings } of everySignature(scope)) {
      if (settings.key !== undefined && settings.keyText !== undefined) {
        yield {
          path: [...path, "keyText"],
          message: "expected key or keyText, got both: remove one",
        };
      }
    }
    if (scope.signing?.table !== undefined && scope.signing.signatures !== undefined) {
      yield {
        path: [...scope.path, "signing", "signatures"],
        message: "expected signatures or table, got both: move these into rows of the table",
      };
    }
  }
}

function* openAdmin({ admin }: Config): Generator<SchemaProblem> {
  for (const option of ["listen", "web"] as const) {
    const address = admin[option];
    if (
      address !== undefined &&
      admin.tokenFile === undefined &&
      !isUnixSocket(address) &&
      !isLoopback(address)
    ) {
      yield {
        path: ["admin", option],
        message: `expected a tokenFile, because ${address} can be reached from other machines: set it, or use a loopback address or a unix socket`,
      };
    }
  }
}

/** Whether the servers report how durable an acknowledged message is, or the config states it. */
function canBeDurable(nats: NonNullable<NonNullable<Config["queue"]>["nats"]>): boolean {
  return nats.durability !== "checked" || nats.replicas >= 3 || nats.monitor.length > 0;
}

function* recipientProblems(config: Config): Generator<SchemaProblem> {
  for (const [index, listener] of config.listeners.entries()) {
    if (listener.protocol !== "smtp" || listener.recipients === undefined) {
      continue;
    }
    const path = ["listeners", index, "recipients"];
    const { list, file, nextHop } = listener.recipients;
    if (listener.direction === "outbound") {
      yield {
        path,
        message: "expected direction inbound: the recipients of outbound mail are anywhere",
      };
    }
    if (list.length === 0 && file === undefined && !nextHop) {
      yield { path, message: "expected list, file or nextHop: without any, no recipient exists" };
    }
    const name = listener.binding ?? config.defaultBinding;
    if (nextHop && (name === undefined || findBinding(config, name)?.nextHop === undefined)) {
      yield {
        path: [...path, "nextHop"],
        message: "expected a binding with a nextHop to ask: set binding here, or use list or file",
      };
    }
  }
}

function* queueProblems({ listeners, queue, worker }: Config): Generator<SchemaProblem> {
  if (queue !== undefined && (queue.file === undefined) === (queue.nats === undefined)) {
    yield { path: ["queue"], message: "expected one of file and nats: set one, remove the other" };
  }
  const accepts = listeners.some((it) => it.protocol === "smtp" && it.mode === "queue");
  if (accepts && queue?.nats !== undefined && !canBeDurable(queue.nats)) {
    yield {
      path: ["queue", "nats"],
      message: `expected accepted mail to be on the disk or on three servers, got replicas: ${queue.nats.replicas} and servers whose sync_interval is unknown: set "sync_interval: always" on the servers and name them in monitor, or set replicas: 3; or state durability: sync-always (the servers have that setting) or os-buffered (a power failure may lose accepted mail)`,
    };
  }
  for (const [index, listener] of listeners.entries()) {
    if (queue === undefined && listener.protocol === "smtp" && listener.mode === "queue") {
      yield {
        path: ["listeners", index, "mode"],
        message: "expected a queue for mode queue: set queue.file or queue.nats",
      };
    }
  }
  if (!isLoopback(worker.admin)) {
    yield {
      path: ["worker", "admin"],
      message: `expected a loopback address or a unix socket, but ${worker.admin} can be reached from other machines: set another address`,
    };
  }
  const { listen, tokenFile, subject } = worker.jobs;
  if (listen !== undefined && tokenFile === undefined && !isLoopback(listen)) {
    yield {
      path: ["worker", "jobs", "listen"],
      message: `expected a tokenFile, because ${listen} can be reached from other machines: set it, or use a loopback address`,
    };
  }
  if (subject !== undefined && queue?.nats === undefined) {
    yield {
      path: ["worker", "jobs", "subject"],
      message: "expected queue.nats, whose servers deliver the jobs: set it, or remove subject",
    };
  }
}
