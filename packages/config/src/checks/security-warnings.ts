import { findAlgorithm } from "@mailseal/crypto/algorithms";
import { isLoopback, isUnixSocket } from "../network/listen-address.ts";
import { listenAddresses, usedTwice } from "../network/listen-addresses.ts";
import type { Config } from "../schema/config-schema.ts";
import type { SignatureSettings } from "../schema/signing.ts";
import { everyScope, everySignature, type PlacedScope } from "../scopes/every-scope.ts";
import type { SchemaProblem } from "./schema-problems.ts";

/** Choices that are allowed if they are made explicitly, and that weaken security. */
export function securityWarnings(config: Config): readonly SchemaProblem[] {
  const scopes = [...everyScope(config)];
  return [
    ...scopes.flatMap(weakSigning),
    ...scopes.flatMap(weakVerification),
    ...scopes.flatMap(passwordInTheClear),
    ...usersWithoutSenders(config, scopes),
    ...weakListeners(config),
    ...weakKeyStore(config),
    ...bindingsInTwoPlaces(config),
    ...addressesOfBothPrograms(config),
  ];
}

/** Each row: an option of a signature, when it is weak, and why. */
const weakSignatures: readonly {
  readonly option: keyof SignatureSettings;
  readonly isWeak: (settings: SignatureSettings) => boolean;
  readonly why: string;
}[] = [
  {
    option: "algorithm",
    isWeak: ({ algorithm }) => findAlgorithm(algorithm ?? "")?.legacy === true,
    why: "receivers must not accept rsa-sha1 (RFC 8301 3.1): leave algorithm out",
  },
  {
    option: "minimumRsaBits",
    isWeak: ({ minimumRsaBits }) => (minimumRsaBits ?? 2048) < 2048,
    why: "RSA keys should have 2048 bits or more, and below 1024 receivers refuse them (RFC 8301 3.2)",
  },
  {
    option: "bodyLength",
    isWeak: ({ bodyLength }) => bodyLength !== undefined && bodyLength !== false,
    why: "with l= anybody can add text to a signed message (RFC 6376 8.2), and many receivers distrust it",
  },
  {
    option: "canonicalization",
    isWeak: ({ canonicalization }) => canonicalization?.startsWith("simple/") === true,
    why: "with a simple header canonicalization the signature breaks when a relay refolds a field: use relaxed/relaxed",
  },
  {
    option: "copyHeaders",
    isWeak: ({ copyHeaders }) => copyHeaders === true,
    why: "z= repeats the fields in every message: use it for diagnosis, then remove it",
  },
  {
    option: "testing",
    isWeak: ({ testing }) => testing === true,
    why: "testing is on: remove it when the domain is in production",
  },
  {
    option: "expireAfter",
    isWeak: ({ expireAfter }) =>
      expireAfter !== undefined && expireAfter > 0 && expireAfter < 86_400_000,
    why: "mail can stay in queues for days and then arrive with an expired signature: a week is usual",
  },
];

function weakSigning(scope: PlacedScope): SchemaProblem[] {
  const found: SchemaProblem[] = [];
  for (const { path, settings } of everySignature(scope)) {
    for (const { option, isWeak, why } of weakSignatures) {
      if (isWeak(settings)) {
        found.push({ path: [...path, option], message: why });
      }
    }
  }
  return found;
}

function weakVerification({ path, verification }: PlacedScope): SchemaProblem[] {
  const found: SchemaProblem[] = [];
  const place = [...path, "verification"];
  if ((verification?.allowAlgorithms ?? []).length > 0) {
    found.push({
      path: [...place, "allowAlgorithms"],
      message: "SHA-1 signatures can be forged and must not be accepted (RFC 8301 3.1)",
    });
  }
  if ((verification?.minimumRsaBits ?? 1024) < 1024) {
    found.push({
      path: [...place, "minimumRsaBits"],
      message: "RSA keys below 1024 bits can be broken and must not be accepted (RFC 8301 3.2)",
    });
  }
  for (const result of ["fail", "none"] as const) {
    if (verification?.actions?.[result] === "reject") {
      found.push({
        path: [...place, "actions", result],
        message:
          "mail whose signature a mailing list broke, or that has none, is often legitimate (RFC 6376 6.3): quarantine is safer than reject",
      });
    }
  }
  return found;
}

function passwordInTheClear({ path, nextHop }: PlacedScope): SchemaProblem[] {
  const found: SchemaProblem[] = [];
  const hasPassword = nextHop?.password !== undefined || nextHop?.passwordFile !== undefined;
  if (hasPassword && (nextHop?.tls === "never" || nextHop?.tls === "opportunistic")) {
    found.push({
      path: [...path, "nextHop", "tls"],
      message: "the password may travel unencrypted: set tls to required or implicit",
    });
  }
  return found;
}

/** Listeners that sign mail of any login, whatever its From address is. */
function usersWithoutSenders(
  { listeners }: Config,
  scopes: readonly PlacedScope[],
): SchemaProblem[] {
  const open = listeners.find(
    (it) =>
      it.direction !== "inbound" &&
      it.auth?.senders === undefined &&
      (it.protocol === "milter" || it.auth !== undefined),
  );
  return open === undefined
    ? []
    : scopes
        .filter(({ signing }) => signing?.signCondition?.includes("authUser") === true)
        .map(({ path }) => ({
          path: [...path, "signing", "signCondition"],
          message: `any user that logs in at listener ${open.name ?? open.listen} is signed as any domain: set auth.senders of the listener, the addresses that each login may send as`,
        }));
}

function* weakListeners({ listeners }: Config): Generator<SchemaProblem> {
  for (const [index, listener] of listeners.entries()) {
    const path = ["listeners", index];
    if (listener.protocol === "milter") {
      if (!isUnixSocket(listener.listen) && !isLoopback(listener.listen)) {
        yield {
          path: [...path, "listen"],
          message:
            "milter has no authentication: everybody who can reach this address can have mail signed",
        };
      }
      if (listener.signForAnyClient) {
        yield {
          path: [...path, "signForAnyClient"],
          message:
            "everybody whose mail the mail server accepts can have it signed: name your clients in relayNetworks instead",
        };
      }
      continue;
    }
    if (
      listener.direction === "inbound" &&
      listener.mode === "queue" &&
      listener.recipients === undefined
    ) {
      yield {
        path: [...path, "mode"],
        message:
          "mail is accepted for any recipient, and undeliverable mail becomes a dead letter or a bounce: set recipients",
      };
    }
    if (listener.auth?.allowWithoutTls === true && !isLoopback(listener.listen)) {
      yield {
        path: [...path, "auth", "allowWithoutTls"],
        message: "passwords may travel unencrypted: remove it and set tls",
      };
    }
  }
}

function* weakKeyStore({ keys }: Config): Generator<SchemaProblem> {
  if (keys.allowWritable) {
    yield {
      path: ["keys", "allowWritable"],
      message:
        "keys that others could have replaced are used without a warning: chmod 600 them, and remove this option",
    };
  }
  if (keys.checkPermissions === "off") {
    yield {
      path: ["keys", "checkPermissions"],
      message: "private keys that others may read are used without a warning: set warn or refuse",
    };
  }
}

/** Both entries apply, that of the group first, which is rarely intended. */
function* bindingsInTwoPlaces({ bindings, bindingGroups }: Config): Generator<SchemaProblem> {
  for (const [group, { bindings: members }] of Object.entries(bindingGroups)) {
    for (const name of Object.keys(members ?? {})) {
      if (Object.hasOwn(bindings, name)) {
        yield {
          path: ["bindings", name],
          message: `group ${group} also has a binding of this name, whose options take precedence: keep one of the two`,
        };
      }
    }
  }
}

/** On one machine, the program that starts second could not listen. */
function* addressesOfBothPrograms(config: Config): Generator<SchemaProblem> {
  const { relay, worker } = listenAddresses(config);
  const ofWorker = new Set(worker.map(({ path }) => path));
  for (const { path, other, address } of usedTwice([...relay, ...worker])) {
    if (ofWorker.has(path) && !other.startsWith("worker.")) {
      yield {
        path,
        message: `${address} is also the relay's ${other}: on one machine, each program needs an address of its own`,
      };
    }
  }
}
