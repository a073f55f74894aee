import { readFile } from "node:fs/promises";
import type { MilterListener } from "@mailseal/config";
import { findGroup } from "../../host/accounts.ts";
import { commandLine } from "../../host/host.ts";
import { postfixSocket } from "../../host/layout.ts";
import type { Check } from "../check.ts";
import type { Installation, MailServer } from "../installation.ts";
import { inOrder, restartRelay } from "../shell.ts";
import { joinGroup } from "../socket/join-group.ts";

/** Whether the config gives the mail server a socket that the relay is able to give it. */
export const relayCheck: Check = {
  id: "relay",
  claim: "the relay has a milter listener, and the group of its socket",
  limitMs: 20_000,
  async run(installation, report) {
    const mailServer = await installation.mailServer();
    if (mailServer.kind === "none") return report.doesNotApply();
    const listeners = await installation.milterListeners();
    if (listeners.length === 0) {
      return report.found({
        kind: "no-milter-listener",
        what: `${installation.configFile} has no milter listener`,
        command: await addListener(installation, mailServer),
      });
    }
    const missing = new Map<string, MilterListener>();
    for (const listener of listeners) {
      const { socketGroup } = listener;
      if (socketGroup !== undefined && (await lacksGroup(installation, socketGroup))) {
        missing.set(socketGroup, listener);
      }
    }
    for (const [group, listener] of missing) {
      report.found({
        kind: "relay-lacks-group",
        what: `The relay is not in the group ${group}, to which it must give its socket`,
        command: inOrder(...joinGroup(group, listener), restartRelay),
      });
    }
  },
};

async function lacksGroup({ host, relay }: Installation, name: string): Promise<boolean> {
  const { user } = await relay();
  if (user.uid === 0) return false;
  const group = await findGroup(host, name);
  return group !== undefined && !user.gids.has(group.gid);
}

/** Appends the listener to a config without listeners; `mailseal setup` for one that has an empty list of them. */
async function addListener(
  { configFile }: Installation,
  mailServer: Exclude<MailServer, { readonly kind: "none" }>,
): Promise<string> {
  const text = await readFile(configFile, "utf8");
  if (/^listeners[ \t]*:/m.test(text) || mailServer.kind === "sendmail") return "mailseal setup";
  const { path } = postfixSocket(mailServer.postfix.queueDirectory);
  const listener = `listeners: [{ protocol: milter, listen: "unix:${path}", socketMode: "0660", socketGroup: postfix }]`;
  return inOrder(
    `printf '%s\\n' ${commandLine([listener])} >> ${commandLine([configFile])}`,
    restartRelay,
  );
}
