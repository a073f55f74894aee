import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { listenTarget, type MilterListener } from "@mailseal/config";
import { modeText } from "../../host/access.ts";
import { findGroup, type SystemUser } from "../../host/accounts.ts";
import { actAs, type Acted } from "../../host/act-as.ts";
import { commandLine, fileStateOn, type Host, pathOn } from "../../host/host.ts";
import { layout } from "../../host/layout.ts";
import type { Postfix } from "../../host/postfix.ts";
import { unitState } from "../../host/systemd.ts";
import type { CheckReport } from "../check.ts";
import { type Finding, NotKnown } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { greeting, readGreeting } from "../milter-greeting.ts";
import { inQueue } from "../postfix/milter-calls.ts";
import { inOrder, relayDropIn, restartRelay } from "../shell.ts";
import { joinGroup } from "./join-group.ts";
import { socketGroupLine } from "./socket-group-line.ts";

const startAttempts = 10;
const groupAttempts = 4;
const pauseMs = 500;

interface Connection {
  readonly report: CheckReport;
  /** The directory from which a relative path starts. */
  readonly from?: string;
  readonly postfix?: Postfix;
}

/** Connects to a listener as the user of the mail server, and reports what is in the way. */
export async function checkConnection(
  installation: Installation,
  user: SystemUser,
  listener: MilterListener,
  { report, from, postfix }: Connection,
): Promise<void> {
  const target = listenTarget(listener.listen);
  // As Postfix does: with a relative path, permissions above the queue directory do not matter.
  const { host } = installation;
  const relative =
    "path" in target && postfix !== undefined ? inQueue(target.path, postfix) : undefined;
  const connect = {
    kind: "connect",
    to: "path" in target ? { path: relative ?? pathOn(host, target.path) } : target,
    ...(relative === undefined || from === undefined ? {} : { from: pathOn(host, from) }),
    ...greeting,
  } as const;
  const acted = await untilStarted(installation.host, () => actAs(user, connect));
  if (acted.outcome === "not-root") {
    throw new NotKnown(`only root can try to connect as ${user.name}; run mailseal doctor as root`);
  }
  const finding = await connectionFinding(acted, user, listener, installation, from);
  if (finding !== undefined) report.found(finding);
}

/**
 * Tries again for some seconds if the relay runs but does not listen yet, as after a restart. A new socket belongs to its
 * group only a moment later.
 */
async function untilStarted(host: Host, attempt: () => Promise<Acted>): Promise<Acted> {
  for (let made = 1; ; made++) {
    const acted = await attempt();
    const attempts = attemptsAfter(acted);
    if (made >= attempts) return acted;
    if ((await unitState(host, layout.relayUnit))?.isActive !== true) return acted;
    await delay(pauseMs);
  }
}

function attemptsAfter(acted: Acted): number {
  if (acted.outcome !== "failed") return 1;
  if (acted.code === "ENOENT" || acted.code === "ECONNREFUSED") return startAttempts;
  return acted.code === "EACCES" && acted.closed === undefined ? groupAttempts : 1;
}

async function connectionFinding(
  acted: Exclude<Acted, { readonly outcome: "not-root" }>,
  user: SystemUser,
  listener: MilterListener,
  installation: Installation,
  from: string | undefined,
): Promise<Finding | undefined> {
  const { listen } = listener;
  if (acted.outcome === "done") {
    return readGreeting(acted.reply) === undefined
      ? stopped(`What listens at ${listen} is not a milter`, installation)
      : undefined;
  }
  switch (acted.code) {
    case "ENOENT":
    case "ECONNREFUSED":
      return stopped(`Nothing listens at ${listen}`, installation);
    case "TIMEOUT":
      return stopped(`The relay does not answer at ${listen}`, installation);
    case "EACCES": {
      const closed = acted.closed === undefined ? undefined : resolve(from ?? "/", acted.closed);
      return closed === undefined
        ? groupFinding(user, listener, installation)
        : closedFinding(closed, user, listener, installation);
    }
    default:
      throw new NotKnown(`connecting to ${listen} as ${user.name} failed: ${acted.code}`);
  }
}

async function stopped(what: string, { relay }: Installation): Promise<Finding> {
  const { unit } = await relay();
  const command =
    unit?.isEnabled === false ? "systemctl enable --now mailseal-relay" : restartRelay;
  return { kind: "relay-stopped", what, command };
}

async function closedFinding(
  closed: string,
  user: SystemUser,
  { listen }: MilterListener,
  { host, relay }: Installation,
): Promise<Finding> {
  const target = listenTarget(listen);
  const state = await fileStateOn(host, closed);
  const mode = state === undefined ? "" : ` (mode ${modeText(state.mode)})`;
  const { user: owner, unit } = await relay();
  const group = await firstGroup(host, user);
  const isRuntime = (unit?.words("RuntimeDirectory") ?? []).some((it) => `/run/${it}` === closed);
  const isOwn = "path" in target && dirname(target.path) === closed && !isRuntime;
  const command = isOwn
    ? inOrder(["chown", `${owner.name}:${group}`, closed], ["chmod", "2750", closed])
    : isRuntime
      ? inOrder(
          ...relayDropIn("runtime-directory", ["RuntimeDirectoryMode=0755"]),
          ["chmod", "0755", closed],
          restartRelay,
        )
      : commandLine(["chmod", "o+x", closed]);
  return {
    kind: "socket-directory-closed",
    what: `User ${user.name} may not enter ${closed}${mode}`,
    command,
  };
}

async function groupFinding(
  user: SystemUser,
  listener: MilterListener,
  installation: Installation,
): Promise<Finding> {
  const { host, configFile, relay } = installation;
  const group = await firstGroup(host, user);
  const target = listenTarget(listener.listen);
  const path = "path" in target ? target.path : listener.listen;
  const state = await fileStateOn(host, path);
  const has = state === undefined ? undefined : await findGroup(host, String(state.gid));
  const { user: owner } = await relay();
  const join = owner.gids.has(user.gid) ? [] : joinGroup(group, listener);
  const edit =
    listener.socketGroup === group || owner.uid === 0
      ? []
      : await socketGroupLine(configFile, listener, group);
  return {
    kind: "socket-group-wrong",
    what: `${path} is of group ${has?.name ?? "unknown"}, mode ${modeText(state?.mode ?? 0)}; user ${user.name} is in group ${group}`,
    command: inOrder(...edit, ...join, restartRelay),
  };
}

/** The name of the first group of a user. */
export async function firstGroup(host: Host, { gid }: SystemUser): Promise<string> {
  return (await findGroup(host, String(gid)))?.name ?? String(gid);
}
