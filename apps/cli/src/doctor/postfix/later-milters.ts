import { actAs } from "../../host/act-as.ts";
import { pathOn } from "../../host/host.ts";
import { type MilterEntry, milterTarget } from "../../host/milter-list.ts";
import type { Postfix } from "../../host/postfix.ts";
import type { CheckReport } from "../check.ts";
import { NotKnown } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { greeting, readGreeting } from "../milter-greeting.ts";
import { inOrder } from "../shell.ts";
import { means, type MilterCalls, milterCalls, setMilters } from "./milter-calls.ts";
import { postfixUser } from "./postfix-user.ts";

/**
 * Reports milters after ours that ask Postfix for the right to change the header or the body. Postfix calls milters in the
 * order of the list, so those that only add fields or reject mail do no harm.
 */
export async function checkLaterMilters(
  installation: Installation,
  postfix: Postfix,
  report: CheckReport,
): Promise<void> {
  const listeners = await installation.milterListeners();
  const isOurs = (entry: MilterEntry): boolean =>
    listeners.some((listener) => means(entry, listener, postfix));
  const harmful = new Map<string, Promise<boolean>>();
  const harms = (entry: MilterEntry, list: MilterCalls): Promise<boolean> => {
    const known = harmful.get(entry.address) ?? changesMail(entry, list, installation, postfix);
    harmful.set(entry.address, known);
    return known;
  };
  const wrong: MilterCalls[] = [];
  const names = new Set<string>();
  for (const list of milterCalls(postfix)) {
    const last = list.entries.findLastIndex(isOurs);
    if (last < 0) continue;
    const later = list.entries.slice(last + 1);
    const changing: MilterEntry[] = [];
    for (const entry of later) {
      if (await harms(entry, list)) changing.push(entry);
    }
    if (changing.length === 0) continue;
    for (const { address } of changing) names.add(address);
    wrong.push({
      ...list,
      entries: [
        ...list.entries.slice(0, last).filter((entry) => !isOurs(entry)),
        ...changing,
        ...list.entries.filter(isOurs),
        ...later.filter((entry) => !changing.includes(entry)),
      ],
    });
  }
  if (wrong.length === 0) return;
  report.found({
    kind: "milter-after-us",
    what: `The milter ${[...names].join(", ")} runs after the relay, and may change mail`,
    command: inOrder(...setMilters(wrong)),
  });
}

async function changesMail(
  { address }: MilterEntry,
  { isChrooted }: MilterCalls,
  { host }: Installation,
  postfix: Postfix,
): Promise<boolean> {
  const { queueDirectory } = postfix;
  const target = milterTarget(address, queueDirectory, isChrooted);
  // Postfix would refuse it, or it is a variable; nobody knows what it changes.
  if (target.kind === "other") return true;
  const port = Number(target.kind === "inet" ? target.port : 0);
  const acted = await actAs(await postfixUser(host, postfix), {
    kind: "connect",
    to: target.kind === "unix" ? { path: pathOn(host, target.path) } : { host: target.host, port },
    ...greeting,
  });
  if (acted.outcome === "not-root") {
    throw new NotKnown("only root can ask the other milters; run mailseal doctor as root");
  }
  const changes = acted.outcome === "done" ? readGreeting(acted.reply) : undefined;
  // One that does not answer now may change mail when it does.
  if (changes === undefined) return true;
  // OpenDMARC removes forged results from the header, and must run after the milter whose results it reads.
  return changes.body || (changes.header && !/dmarc/i.test(address));
}
