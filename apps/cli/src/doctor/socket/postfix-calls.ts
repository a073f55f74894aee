import { dirname } from "node:path";
import { listenTarget, type MilterListener } from "@mailseal/config";
import { commandLine } from "../../host/host.ts";
import { milterTarget } from "../../host/milter-list.ts";
import type { Postfix } from "../../host/postfix.ts";
import type { CheckReport } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";
import {
  addressOf,
  inQueue,
  means,
  type MilterCalls,
  milterCalls,
  setMilters,
} from "../postfix/milter-calls.ts";
import { postfixUser } from "../postfix/postfix-user.ts";
import { inOrder, restartRelay } from "../shell.ts";
import { checkConnection, firstGroup } from "./connection.ts";
import { joinGroup } from "./join-group.ts";

/** Whether the lists of milters of Postfix name the relay in a way that leads to it, and whether Postfix can connect. */
export async function checkPostfixCalls(
  installation: Installation,
  postfix: Postfix,
  listeners: readonly MilterListener[],
  report: CheckReport,
): Promise<void> {
  const calls = milterCalls(postfix);
  const called = listeners.filter((listener) =>
    calls.some(
      ({ parameter, entries }) =>
        parameter === "smtpd_milters" && entries.some((entry) => means(entry, listener, postfix)),
    ),
  );
  const [first] = listeners;
  if (called.length === 0 && first !== undefined) {
    report.found(notCalled(calls, first, postfix));
  }
  for (const listener of called.length === 0 ? listeners.slice(0, 1) : called) {
    const outside = outsideChroot(calls, listener, postfix);
    if (outside.length > 0)
      report.found(await outsideFinding(outside, listener, postfix, installation));
    await checkConnection(installation, await postfixUser(installation.host, postfix), listener, {
      report,
      from: postfix.queueDirectory,
      postfix,
    });
  }
  checkOtherMail(calls, called, postfix, report);
}

function notCalled(
  calls: readonly MilterCalls[],
  listener: MilterListener,
  postfix: Postfix,
): Finding {
  const address = addressOf(listener, postfix);
  const global = calls.filter(({ service }) => service === undefined);
  return {
    kind: "milter-not-called",
    what: `smtpd_milters of Postfix does not name ${address}`,
    command: inOrder(...setMilters(global.map((list) => withEntry(list, address)))),
  };
}

function withEntry(list: MilterCalls, address: string): MilterCalls {
  const isThere = list.entries.some((entry) => entry.address === address);
  return isThere ? list : { ...list, entries: [...list.entries, { text: address, address }] };
}

/** The lists whose address leads a chrooted service to another file than the socket. */
function outsideChroot(
  calls: readonly MilterCalls[],
  listener: MilterListener,
  postfix: Postfix,
): readonly MilterCalls[] {
  const socket = listenTarget(listener.listen);
  if (!("path" in socket)) return [];
  return calls.filter(({ entries, isChrooted }) =>
    entries.some((entry) => {
      const target = milterTarget(entry.address, postfix.queueDirectory, isChrooted);
      return (
        means(entry, listener, postfix) && target.kind === "unix" && target.path !== socket.path
      );
    }),
  );
}

async function outsideFinding(
  outside: readonly MilterCalls[],
  listener: MilterListener,
  postfix: Postfix,
  { host, configFile, relay }: Installation,
): Promise<Finding> {
  const [wrong] = outside.flatMap(({ entries }) =>
    entries.filter((entry) => means(entry, listener, postfix)),
  );
  const target = listenTarget(listener.listen);
  const path = "path" in target ? target.path : "";
  const moved = `${postfix.queueDirectory}/mailseal/milter.sock`;
  const isInQueue = inQueue(path, postfix) !== undefined;
  const address = addressOf(isInQueue ? listener : { listen: `unix:${moved}` }, postfix);
  const lists = outside.map((list) => ({
    ...list,
    entries: list.entries.map((entry) =>
      means(entry, listener, postfix) ? { text: address, address } : entry,
    ),
  }));
  const user = await postfixUser(host, postfix);
  const group = await firstGroup(host, user);
  const move = isInQueue
    ? []
    : [
        commandLine([
          "install",
          "-d",
          "-o",
          (await relay()).user.name,
          "-g",
          group,
          "-m",
          "2750",
          dirname(moved),
        ]),
        commandLine(["sed", "-i", `s#unix:${path}#unix:${moved}#`, configFile]),
        ...joinGroup(group, { listen: `unix:${moved}` }),
        restartRelay,
      ];
  return {
    kind: "socket-outside-chroot",
    what: `Postfix runs as ${user.name} in ${postfix.queueDirectory}, where ${wrong?.address ?? path} leads elsewhere`,
    command: inOrder(...move, ...setMilters(lists)),
  };
}

/** Mail that does not come by SMTP, and mail while the relay is down. */
function checkOtherMail(
  calls: readonly MilterCalls[],
  called: readonly MilterListener[],
  postfix: Postfix,
  report: CheckReport,
): void {
  const [listener] = called;
  if (listener === undefined) return;
  const others = calls.filter(({ parameter }) => parameter === "non_smtpd_milters");
  const without = others.filter(
    ({ entries }) => !entries.some((entry) => called.some((it) => means(entry, it, postfix))),
  );
  if (without.length > 0) {
    const address = addressOf(listener, postfix);
    report.found({
      kind: "local-mail-unsigned",
      what: `non_smtpd_milters of Postfix does not name ${address}`,
      command: inOrder(...setMilters(without.map((list) => withEntry(list, address)))),
    });
  }
  const action = postfix.expanded("milter_default_action");
  if (action === "accept") {
    report.found({
      kind: "passes-unsigned",
      what: "milter_default_action of Postfix is accept",
      command: inOrder(["postconf", "-e", "milter_default_action = tempfail"], "postfix reload"),
    });
  }
}
