import { realpath } from "node:fs/promises";
import process from "node:process";
import { formatProblem, readConfig } from "@mailseal/config";
import { type Host, pathOn } from "../../host/host.ts";
import { keyFileOf, layout, postfixSocket, sendmailSocket } from "../../host/layout.ts";
import { publishSettingsFile } from "../../host/publish-settings.ts";
import { unitState } from "../../host/systemd.ts";
import type { Answers } from "../answers.ts";
import { actionsOf, type Change } from "../changes/change.ts";
import type { FileChange } from "../changes/file-change.ts";
import type { Ownership } from "../changes/ownership.ts";
import { SetupError } from "../setup-error.ts";
import type { Survey } from "../survey.ts";
import { configText, type WantedConfig } from "./config-text.ts";
import { type OpendkimPlan, opendkimPlan } from "./opendkim-plan.ts";
import { postfixPlan } from "./postfix-plan.ts";
import { readMacros, sendmailMacros } from "./sendmail-plan.ts";
import { unitFiles } from "./unit-files.ts";

/** What a setup is going to do: only changes that are not made yet. */
export interface Plan {
  /** Accounts, directories, keys, config and units, in this order; then the service. */
  readonly prepare: readonly Change[];
  /** The mail server's own configuration, once the relay listens. */
  readonly connect: readonly Change[];
  readonly keys: readonly PlannedKey[];
  /** The socket or the address at which the relay listens. */
  readonly listen: string;
  /** Lines for people about things that the plan leaves to them. */
  readonly remarks: readonly string[];
}

/** A key that the config signs with. */
export interface PlannedKey {
  readonly domain: string;
  readonly selector: string;
  readonly file: string;
  /** Its record is to be published; that of an imported key is published already. */
  readonly isOurs: boolean;
}

const ours: Ownership = { user: "root", group: layout.group };
const relayUser: Ownership = { user: layout.user, group: layout.group };

/** Throws a `SetupError` if the relay is missing, or if the config would have an error. */
export async function planSetup(host: Host, survey: Survey, answers: Answers): Promise<Plan> {
  await checkProgram(host, survey);
  const imported =
    answers.importsOpendkim && survey.opendkim !== undefined
      ? await opendkimPlan(host, survey.opendkim)
      : undefined;
  const place = listenPlace(survey, answers);
  const keys = keysOf(answers, imported);
  const config = configChange(survey, answers, imported, place, keys);
  checkConfig(config);
  const wanted: Change[] = [
    { kind: "group", name: layout.group },
    { kind: "user", name: layout.user, home: layout.state },
    directory(layout.configDirectory, 0o750, ours),
    directory(layout.keys, 0o750, ours),
    ...[...new Set(keys.map(({ domain }) => domain))].map((domain) =>
      directory(`${layout.keys}/${domain}`, 0o750, ours),
    ),
    directory(layout.state, 0o750, relayUser),
    // systemd makes it from the unit, and removes it again.
    ...(survey.hasSystemd ? [] : [directory(layout.runtime, 0o755, relayUser)]),
    ...place.directories,
    ...keyChanges(answers, imported),
    ...publishSettings(answers),
    config,
  ];
  const units = survey.hasSystemd ? await unitFiles(host, place) : [];
  const prepare = await missing(host, [...wanted, ...units]);
  const service = survey.hasSystemd ? await serviceOf(host, prepare) : [];
  return {
    prepare: [...prepare, ...service],
    connect: await missing(host, await connections(host, survey, answers)),
    keys,
    listen: place.listen,
    remarks: imported?.remarks ?? [],
  };
}

interface ListenPlace {
  /** As the config has it. */
  readonly listen: string;
  readonly listener: WantedConfig["listener"];
  /** The group of the socket. */
  readonly group: string | undefined;
  readonly queueDirectory?: string;
  readonly directories: readonly Change[];
}

/** A milter listener at a socket that its group can use. */
function milterAt(path: string, group: string): Pick<ListenPlace, "listen" | "listener" | "group"> {
  const listen = `unix:${path}`;
  return {
    listen,
    group,
    listener: { protocol: "milter", listen, socketMode: "0660", socketGroup: group },
  };
}

/** Where the relay listens, so that the mail server reaches it and nobody else does. */
function listenPlace({ postfix }: Survey, { mailServer, relay }: Answers): ListenPlace {
  switch (mailServer) {
    case "postfix": {
      const { queueDirectory = "/var/spool/postfix" } = postfix ?? {};
      const socket = postfixSocket(queueDirectory);
      // With the group's bit, each socket in it belongs to the group, whatever the groups of the relay.
      const owner: Ownership = { user: layout.user, group: "postfix" };
      return {
        ...milterAt(socket.path, "postfix"),
        queueDirectory,
        directories: [directory(socket.directory, 0o2750, owner)],
      };
    }
    case "sendmail":
      return { ...milterAt(sendmailSocket, "smmsp"), directories: [] };
    case "relay": {
      if (relay === undefined) throw new SetupError("the relay needs a next hop; give --next-hop");
      return {
        listen: relay.listen,
        group: undefined,
        directories: [],
        listener: {
          protocol: "smtp",
          direction: "outbound",
          listen: relay.listen,
          binding: bindingName,
        },
      };
    }
  }
}

/** The route of a smart host to the server that delivers. */
const bindingName = "smarthost";

function keysOf(answers: Answers, imported: OpendkimPlan | undefined): readonly PlannedKey[] {
  if (imported !== undefined) return imported.keys.map((key) => ({ ...key, isOurs: false }));
  if (answers.existing.length > 0) {
    return answers.existing.map((key) => ({ ...key, isOurs: key.waitsForDns }));
  }
  const selectors = [answers.selector, answers.ed25519Selector].filter(
    (each) => each !== undefined,
  );
  return answers.domains.flatMap((domain) =>
    selectors.map((selector) => ({
      domain,
      selector,
      file: keyFileOf(domain, selector),
      isOurs: true,
    })),
  );
}

function keyChanges(answers: Answers, imported: OpendkimPlan | undefined): readonly Change[] {
  if (imported !== undefined) {
    return imported.keys.map(({ file, from }) => ({
      kind: "key",
      path: file,
      source: { from: "file", file: from },
      owner: ours,
    }));
  }
  if (answers.existing.length > 0) {
    // They are never made anew: DNS publishes those that were there.
    return answers.existing.map(({ file }) => ({
      kind: "key",
      path: file,
      source: { from: "existing" },
      owner: ours,
    }));
  }
  return keysOf(answers, undefined).map(({ selector, file }) => ({
    kind: "key",
    path: file,
    source: { from: "new", type: selector === answers.ed25519Selector ? "ed25519" : "rsa" },
    owner: ours,
  }));
}

/** For later: `mailseal doctor` and the next setup publish in the same way. */
function publishSettings({ publish }: Answers): readonly Change[] {
  if (publish.method === "zone") return [];
  const content = `${JSON.stringify({ publish }, undefined, 2)}\n`;
  return [
    {
      kind: "file",
      path: publishSettingsFile,
      content,
      encoding: "utf8",
      mode: 0o600,
      owner: { user: "root", group: "root" },
    },
  ];
}

function configChange(
  { config }: Survey,
  answers: Answers,
  imported: OpendkimPlan | undefined,
  place: ListenPlace,
  keys: readonly PlannedKey[],
): FileChange {
  const { mailServer, relay, domains } = answers;
  const wanted: WantedConfig = {
    listener: { ...place.listener, ...imported?.listener },
    // The listener of the config that the package installs.
    replacedAddresses: [
      `unix:${postfixSocket("/var/spool/postfix").path}`,
      `unix:${sendmailSocket}`,
    ],
    domains: domains.map((domain) => ({
      domain,
      keys: keys.filter((key) => key.domain === domain),
    })),
    ...(imported === undefined ? {} : { sections: imported.sections }),
    defaults: [
      ...(mailServer === "relay"
        ? [[["bindings", bindingName, "nextHop"], relay?.nextHop] as const]
        : []),
      // Sendmail splits longer lines after the milter, which breaks the signature.
      ...(mailServer === "sendmail" ? [[["limits", "lineLength"], 990] as const] : []),
    ],
  };
  return {
    kind: "file",
    path: layout.config,
    content: configText(config, wanted),
    encoding: "utf8",
    mode: 0o640,
    owner: ours,
  };
}

async function connections(
  host: Host,
  { postfix, sendmail, opendkim }: Survey,
  { mailServer, importsOpendkim }: Answers,
): Promise<readonly Change[]> {
  if (mailServer === "postfix" && postfix !== undefined) {
    return [postfixPlan(postfix, importsOpendkim ? opendkim : undefined)];
  }
  if (mailServer === "sendmail" && sendmail?.macroFile !== undefined) {
    const text = await readMacros(host, sendmail.macroFile);
    return [
      {
        kind: "sendmail",
        path: sendmail.macroFile,
        content: sendmailMacros(text, importsOpendkim),
      },
    ];
  }
  return [];
}

/** A unit or a drop-in that changed needs a restart, a config that changed a reload. */
async function serviceOf(host: Host, changes: readonly Change[]): Promise<readonly Change[]> {
  const state = await unitState(host, layout.relayUnit);
  const paths = changes.flatMap((change) => ("path" in change ? [change.path] : []));
  const refresh = paths.some((path) => path.startsWith("/etc/systemd/"))
    ? "restart"
    : paths.length > 0
      ? "reload"
      : "nothing";
  const isRight = state?.isActive === true && state.isEnabled && refresh === "nothing";
  return isRight ? [] : [{ kind: "service", unit: layout.relayUnit, refresh }];
}

async function checkProgram(host: Host, { relay, hasSystemd }: Survey): Promise<void> {
  if (relay === undefined) {
    throw new SetupError(
      "there is no program mailseal-relay; install the package mailseal (Debian) or @mailseal/relay (npm install -g), then run mailseal setup again",
    );
  }
  const real = await realpath(pathOn(host, relay));
  // ProtectHome=true of the unit.
  if (hasSystemd && /^\/(?:home|root)\//.test(real)) {
    throw new SetupError(
      `mailseal-relay is in ${real}, where a system service cannot read it; install it for all users, then run mailseal setup again`,
    );
  }
}

/** A config with an error would keep the relay from starting. */
function checkConfig({ content }: FileChange): void {
  const { problems } = readConfig(content, { environment: process.env });
  const error = problems.find(({ level }) => level === "error");
  if (error === undefined) return;
  throw new SetupError(
    `${formatProblem(layout.config, error)}; correct this, then run mailseal setup again`,
  );
}

async function missing(host: Host, changes: readonly Change[]): Promise<readonly Change[]> {
  const made = await Promise.all(changes.map((change) => actionsOf(change).isMade(host)));
  return changes.filter((_, index) => made[index] !== true);
}

function directory(path: string, mode: number, owner: Ownership): Change {
  return { kind: "directory", path, mode, owner };
}
