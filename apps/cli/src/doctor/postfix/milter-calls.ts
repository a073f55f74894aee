import { listenTarget, type MilterListener } from "@mailseal/config";
import { commandLine } from "../../host/host.ts";
import {
  formatMilterList,
  type MilterEntry,
  milterTarget,
  parseMilterList,
} from "../../host/milter-list.ts";
import { type Postfix, smtpdServices } from "../../host/postfix.ts";

type MilterParameter = "smtpd_milters" | "non_smtpd_milters";

/** A list of milters that Postfix calls for the mail of one service. */
export interface MilterCalls {
  readonly parameter: MilterParameter;
  /** As `postconf -P` names it, such as "submission/inet", if the service has a list of its own. */
  readonly service: string | undefined;
  readonly isChrooted: boolean;
  readonly entries: readonly MilterEntry[];
}

/** The list of every smtpd, and of cleanup for other mail. */
export function milterCalls(postfix: Postfix): readonly MilterCalls[] {
  const { services, expanded } = postfix;
  const cleanups = services.filter(({ command }) => command === "cleanup");
  return [
    ...smtpdServices(postfix).map((service) => ({ service, parameter: "smtpd_milters" as const })),
    ...cleanups.map((service) => ({ service, parameter: "non_smtpd_milters" as const })),
  ].map(({ service: { name, type, isChrooted, options }, parameter }) => {
    const own = options.get(parameter);
    return {
      parameter,
      service: own === undefined ? undefined : `${name}/${type}`,
      isChrooted,
      entries: parseMilterList(own ?? expanded(parameter)),
    };
  });
}

/** Whether an entry means a listener of the relay, in one of the two ways to read its path. */
export function means(
  { address }: MilterEntry,
  { listen }: Pick<MilterListener, "listen">,
  { queueDirectory }: Postfix,
): boolean {
  const listener = listenTarget(listen);
  return [true, false].some((isChrooted) => {
    const target = milterTarget(address, queueDirectory, isChrooted);
    if (target.kind === "unix") return "path" in listener && target.path === listener.path;
    return (
      target.kind === "inet" &&
      "port" in listener &&
      target.port === String(listener.port) &&
      (target.host === listener.host || isLocalName(target.host))
    );
  });
}

function isLocalName(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** The address of a listener for main.cf: relative to the queue directory if the socket is in it. */
export function addressOf({ listen }: Pick<MilterListener, "listen">, postfix: Postfix): string {
  const listener = listenTarget(listen);
  if (!("path" in listener)) return `inet:${listener.host}:${listener.port}`;
  return `unix:${inQueue(listener.path, postfix) ?? listener.path}`;
}

/** The path of a file relative to the queue directory; undefined if it is elsewhere. */
export function inQueue(path: string, { queueDirectory }: Postfix): string | undefined {
  const start = `${queueDirectory}/`;
  return path.startsWith(start) ? path.slice(start.length) : undefined;
}

/** Commands that give lists of milters to Postfix, and make it use them. */
export function setMilters(lists: readonly MilterCalls[]): readonly string[] {
  const own = new Map<string, string>();
  const global = new Map<string, string>();
  for (const { parameter, service, entries } of lists) {
    const setting = `${parameter} = ${formatMilterList(entries)}`;
    if (service === undefined) global.set(parameter, setting);
    else own.set(`${service}/${parameter}`, `${service}/${setting}`);
  }
  return [
    ...(global.size === 0 ? [] : [commandLine(["postconf", "-e", ...global.values()])]),
    ...(own.size === 0 ? [] : [commandLine(["postconf", "-P", ...own.values()])]),
    "postfix reload",
  ];
}
