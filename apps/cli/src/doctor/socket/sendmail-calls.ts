import { listenTarget, type MilterListener } from "@mailseal/config";
import { findUser } from "../../host/accounts.ts";
import type { Sendmail } from "../../host/sendmail.ts";
import type { CheckReport } from "../check.ts";
import type { Installation } from "../installation.ts";
import { addFailureMode, insertMacro } from "../sendmail/macro-edits.ts";
import { checkConnection } from "./connection.ts";

/** Whether Sendmail calls the relay, defers mail while it is down, and can connect to it. */
export async function checkSendmailCalls(
  installation: Installation,
  sendmail: Sendmail,
  listeners: readonly MilterListener[],
  report: CheckReport,
): Promise<void> {
  const { host } = installation;
  const { filters, configFile } = sendmail;
  const [listener] = listeners;
  if (listener === undefined) return;
  const target = listenTarget(listener.listen);
  const socket = "path" in target ? `local:${target.path}` : `inet:${target.port}@${target.host}`;
  const ours = filters.find((filter) => filter.socket.replace(/^unix:/, "local:") === socket);
  if (ours === undefined) {
    const line = `INPUT_MAIL_FILTER(\`mailseal', \`S=${socket}, F=T, T=S:30s;R:30s;E:5m')dnl`;
    report.found({
      kind: "milter-not-called",
      what: `${configFile} has no mail filter at ${socket}`,
      command: await insertMacro(host, sendmail, line),
    });
  } else if (ours.failure === "") {
    report.found({
      kind: "passes-unsigned",
      what: `The mail filter ${ours.name} of ${configFile} has no F=T`,
      command: await addFailureMode(host, sendmail, ours.name),
    });
  }
  // It connects before it gives up root's rights.
  const root = (await findUser(host, "root")) ?? {
    name: "root",
    uid: 0,
    gid: 0,
    gids: new Set([0]),
  };
  await checkConnection(installation, root, listener, { report });
}
