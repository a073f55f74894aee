import { readFile } from "node:fs/promises";
import type { Config, LoadedConfig, MilterListener } from "@mailseal/config";
import type { TxtResolver } from "@mailseal/dns-record";
import type { RotationState } from "@mailseal/rotation";
import { findGroup, findUser, type SystemUser } from "../host/accounts.ts";
import type { Host } from "../host/host.ts";
import { layout } from "../host/layout.ts";
import { type Postfix, readPostfix } from "../host/postfix.ts";
import { readSendmail, type Sendmail } from "../host/sendmail.ts";
import { readUnit, type UnitFile } from "../host/unit-files.ts";
import { NotKnown } from "./finding.ts";
import { DatabaseCopies } from "./keys/database-copies.ts";
import { type KeyInUse, keysInUse } from "./keys/keys-in-use.ts";
import { rotationsOf } from "./keys/rotations.ts";
import { dnsServers } from "./resolver/dns-servers.ts";

/** The user that the relay runs as, and its unit. */
export interface RelayAccount {
  readonly user: SystemUser;
  /** The name of its first group. */
  readonly group: string;
  /** Undefined if there is no unit: the relay is started in another way. */
  readonly unit: UnitFile | undefined;
}

/** The mail server that calls the relay. */
export type MailServer =
  | { readonly kind: "postfix"; readonly postfix: Postfix }
  | { readonly kind: "sendmail"; readonly sendmail: Sendmail }
  | { readonly kind: "none" };

/** What the checks know of an installation. Each fact is found out once; it rejects with `NotKnown` if it cannot be. */
export interface Installation {
  readonly host: Host;
  readonly configFile: string;
  /** The problem that makes the config unusable; undefined if it can be used. */
  readonly configProblem: () => Promise<string | undefined>;
  /** Its key database is a copy, so that reading it changes nothing. */
  readonly config: () => Promise<Config>;
  readonly milterListeners: () => Promise<readonly MilterListener[]>;
  readonly mailServer: () => Promise<MailServer>;
  readonly relay: () => Promise<RelayAccount>;
  readonly keys: () => Promise<readonly KeyInUse[]>;
  readonly rotations: () => Promise<readonly RotationState[]>;
  readonly resolver: () => Promise<TxtResolver>;
  /** Removes temporary files. */
  readonly close: () => Promise<void>;
}

type Load = (
  file: string,
  options: { readonly environment: Readonly<Record<string, string | undefined>> },
) => Promise<Pick<LoadedConfig, "config" | "problems">>;

/** `load`: how the config is read, for tests whose paths are not those of this machine. */
export function installationOn(
  host: Host,
  configFile: string,
  load: Load = loadFrom,
): Installation {
  const unit = once(() => readUnit(host, layout.relayUnit));
  const loaded = once(async () =>
    load(configFile, { environment: await environmentOf(await unit()) }),
  );
  const copies = new DatabaseCopies();
  const config = once(async () => {
    const found = (await loaded()).config;
    if (found === undefined) throw new NotKnown(`the config ${configFile} cannot be used`);
    const { database } = found.keys;
    if (database === undefined) return found;
    return { ...found, keys: { ...found.keys, database: await copies.copy(database) } };
  });
  return {
    host,
    configFile,
    config,
    configProblem: async () => {
      const { formatProblem } = await import("@mailseal/config");
      const { config: usable, problems } = await loaded();
      const first = problems.find(({ level }) => level === "error");
      if (usable !== undefined) return undefined;
      return first === undefined
        ? `${configFile} cannot be used`
        : formatProblem(configFile, first);
    },
    milterListeners: async () =>
      (await config()).listeners.filter((listener) => listener.protocol === "milter"),
    mailServer: once(() => findMailServer(host)),
    relay: once(async () => relayAccount(host, await unit())),
    keys: once(async () => keysInUse(await config())),
    rotations: once(async () => rotationsOf(await config(), copies)),
    close: () => copies.close(),
    resolver: once(async () => {
      const { dns } = await config();
      const { resolverOf } = await import("@mailseal/service/config");
      if (dns.zone !== undefined || dns.https !== undefined || dns.servers !== undefined) {
        return resolverOf(dns);
      }
      // Not the resolver of this process, which knows no TTLs.
      return resolverOf({ ...dns, servers: [...(await dnsServers(host))] });
    }),
  };
}

const loadFrom: Load = async (file, options) => {
  // Loading the config schema takes longer than most commands.
  const { loadConfig } = await import("@mailseal/config");
  return loadConfig(file, options);
};

async function findMailServer(host: Host): Promise<MailServer> {
  const postfix = await readPostfix(host);
  if (postfix !== undefined) return { kind: "postfix", postfix };
  const sendmail = await readSendmail(host);
  return sendmail === undefined ? { kind: "none" } : { kind: "sendmail", sendmail };
}

async function relayAccount(host: Host, unit: UnitFile | undefined): Promise<RelayAccount> {
  const name = unit === undefined ? layout.user : (unit.last("User") ?? "root");
  const user = await findUser(host, name);
  if (user === undefined) throw new NotKnown(`this machine has no user ${name} for the relay`);
  const groupName = unit?.last("Group");
  const group = await findGroup(host, groupName ?? String(user.gid));
  const gids = new Set([...user.gids, group?.gid ?? user.gid]);
  for (const word of unit?.words("SupplementaryGroups") ?? []) {
    const supplementary = await findGroup(host, word);
    if (supplementary !== undefined) gids.add(supplementary.gid);
  }
  return {
    user: { ...user, gid: group?.gid ?? user.gid, gids },
    group: group?.name ?? String(user.gid),
    unit,
  };
}

/** The variables that replace `${NAME}` in the config of the relay: those of its unit, then our own. */
async function environmentOf(
  unit: UnitFile | undefined,
): Promise<Readonly<Record<string, string | undefined>>> {
  const variables: Record<string, string | undefined> = {};
  const add = (assignment: string): void => {
    const [, name, value] = /^"?([A-Za-z_]\w*)=(.*?)"?$/.exec(assignment.trim()) ?? [];
    if (name !== undefined) variables[name] = value?.replace(/^(["'])(.*)\1$/, "$2");
  };
  for (const file of unit?.all("EnvironmentFile") ?? []) {
    const text = await readFile(file.replace(/^-/, ""), "utf8").catch(() => "");
    text.split("\n").forEach(add);
  }
  for (const line of unit?.all("Environment") ?? []) {
    (line.match(/"[^"]*"|\S+/g) ?? []).forEach(add);
  }
  return { ...variables, ...process.env };
}

/** Asks once, and remembers the answer or the failure. */
function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let answer: Promise<Value> | undefined;
  return () => (answer ??= ask());
}
