import type { Postfix } from "../../host/postfix.ts";
import type { Check, CheckReport } from "../check.ts";
import type { Installation } from "../installation.ts";
import { checkClientTables } from "../postfix/client-tables.ts";
import { checkLaterMilters } from "../postfix/later-milters.ts";
import { insertMacro } from "../sendmail/macro-edits.ts";

/** Whether Postfix changes mail after the relay has signed it. */
export const laterChangesCheck: Check = {
  id: "later-changes",
  claim: "nothing changes mail after the relay has signed it",
  limitMs: 60_000,
  async run(installation, report) {
    const mailServer = await installation.mailServer();
    const listeners = await installation.milterListeners();
    if (mailServer.kind === "none" || listeners.length === 0) return report.doesNotApply();
    if (mailServer.kind === "postfix") {
      await checkPostfix(installation, mailServer.postfix, report);
    } else {
      await checkLaterFilters(installation, report);
    }
  },
};

async function checkPostfix(
  installation: Installation,
  postfix: Postfix,
  report: CheckReport,
): Promise<void> {
  await checkLaterMilters(installation, postfix, report);
  await checkClientTables(installation, postfix, report);
}

async function checkLaterFilters(
  { host, mailServer, milterListeners }: Installation,
  report: CheckReport,
): Promise<void> {
  const server = await mailServer();
  if (server.kind !== "sendmail") return;
  const { filters } = server.sendmail;
  const listens = (await milterListeners()).map(({ listen }) => listen.replace(/^unix:/, ""));
  const at = filters.findIndex(({ socket }) => listens.some((it) => socket.endsWith(`:${it}`)));
  const later = at < 0 ? [] : filters.slice(at + 1).filter(({ name }) => !/dmarc/i.test(name));
  const [first] = later;
  const own = filters[at];
  if (first === undefined || own === undefined) return;
  const order = [...filters.filter((it) => it !== own), own].map(({ name }) => name).join(",");
  report.found({
    kind: "milter-after-us",
    what: `The mail filter ${first.name} of Sendmail runs after ${own.name}`,
    command: await insertMacro(
      host,
      server.sendmail,
      `define(\`confINPUT_MAIL_FILTERS', \`${order}')dnl`,
    ),
  });
}
