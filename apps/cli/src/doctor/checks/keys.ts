import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { modeText } from "../../host/access.ts";
import { actAs } from "../../host/act-as.ts";
import { commandLine } from "../../host/host.ts";
import { layout } from "../../host/layout.ts";
import type { Check, CheckReport } from "../check.ts";
import { type Finding, NotKnown } from "../finding.ts";
import type { RelayAccount } from "../installation.ts";
import type { KeyInUse } from "../keys/keys-in-use.ts";
import { inOrder } from "../shell.ts";

/** Whether the user of the relay can load every key, and nobody else. */
export const keysCheck: Check = {
  id: "keys",
  claim: "the relay can read every key, and other users cannot",
  limitMs: 60_000,
  async run(installation, report) {
    const keys = await installation.keys();
    if (keys.length === 0) return report.doesNotApply();
    const account = await installation.relay();
    // Keys may share a file.
    const byFile = new Map(
      keys.flatMap((key) => (key.file === undefined ? [] : [[key.file, key]])),
    );
    const denied: Denied[] = [];
    for (const [file, key] of byFile) {
      if (key.answer.status === "missing") {
        report.found(missing(key, file));
        continue;
      }
      const refused = await refusedTo(account, file);
      if (refused === undefined) await checkFile(file, key, account, report);
      else denied.push(refused);
    }
    if (denied.length > 0) report.found(unreadable(denied, account));
  },
};

interface Denied {
  readonly file: string;
  /** A directory that the user may not enter. */
  readonly closed: string | undefined;
}

async function refusedTo({ user }: RelayAccount, file: string): Promise<Denied | undefined> {
  const acted = await actAs(user, { kind: "read", path: file });
  if (acted.outcome === "done") return undefined;
  if (acted.outcome === "not-root") {
    throw new NotKnown(
      `only root can try to read keys as ${user.name}; run mailseal doctor as root`,
    );
  }
  if (acted.code !== "EACCES" && acted.code !== "EPERM") {
    throw new NotKnown(`reading ${file} as ${user.name} failed: ${acted.code}`);
  }
  return { file, closed: acted.closed };
}

/** More paths than this make no command that a person reads. */
const maxPaths = 5;

function unreadable(denied: readonly Denied[], account: RelayAccount): Finding {
  const { user, group } = account;
  const [first] = denied;
  const more = denied.length === 1 ? "" : ` and ${denied.length - 1} more`;
  const closed = [...new Set(denied.flatMap((it) => it.closed ?? []))];
  const files = denied.map(({ file }) => file);
  return {
    kind: "key-unreadable",
    what: `User ${user.name} cannot read ${first?.file ?? ""}${more}`,
    command: inOrder(
      ...(closed.length === 0
        ? []
        : [["chgrp", group, ...closed] as const, ["chmod", "g+x", ...closed] as const]),
      ...giveTo(group, files),
    ),
  };
}

/**
 * root owns a key and the group of the relay reads it, as the package lays it out. Only the directory of the keys may be
 * searched: any other may have keys of other programs.
 */
function giveTo(group: string, files: readonly string[]): readonly (readonly string[] | string)[] {
  const areAllOurs = files.every((it) => it.startsWith(`${layout.keys}/`) && it.endsWith(".key"));
  if (files.length > maxPaths && areAllOurs) {
    return [
      `find ${layout.keys} -name '*.key' -exec chown root:${group} {} + -exec chmod 0640 {} +`,
    ];
  }
  return [
    ["chown", `root:${group}`, ...files],
    ["chmod", "0640", ...files],
  ];
}

async function checkFile(
  file: string,
  { answer, domain }: KeyInUse,
  { group }: RelayAccount,
  report: CheckReport,
): Promise<void> {
  const { mode } = await stat(file);
  if (answer.status !== "found") {
    const byPermissions = (mode & 0o022) !== 0;
    report.found({
      kind: "key-unusable",
      what: `The key of ${domain} cannot be used: ${answer.reason}`,
      command: byPermissions
        ? inOrder(...giveTo(group, [file]))
        : commandLine(["openssl", "pkey", "-in", file, "-noout"]),
      advice: answer.remedy,
    });
  } else if ((mode & 0o007) !== 0) {
    report.found({
      kind: "key-exposed",
      what: `Every user can read ${file} (mode ${modeText(mode)})`,
      command: inOrder(...giveTo(group, [file])),
    });
  }
}

function missing({ domain, selector }: KeyInUse, file: string): Finding {
  const isLaidOut = file.endsWith(`/${domain}/${selector}.key`);
  return {
    kind: "key-missing",
    what: `There is no key ${file} for ${domain}`,
    command: isLaidOut
      ? inOrder(
          ["mailseal", "keygen", "-d", domain, "-s", selector, "-o", dirname(dirname(file))],
          ["chown", "root:mailseal", file],
          ["chmod", "0640", file],
        )
      : commandLine(["mailseal", "keygen", "-d", domain, "-s", selector]),
  };
}
