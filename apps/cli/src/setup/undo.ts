import { rm } from "node:fs/promises";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { findUser } from "../host/accounts.ts";
import { type Host, pathOn } from "../host/host.ts";
import { layout } from "../host/layout.ts";
import { runsSystemd, unitState } from "../host/systemd.ts";
import { targetOf } from "./changes/change.ts";
import type { Dialogue } from "./dialogue.ts";
import type { SetupOptions } from "./options.ts";
import { SetupRecord } from "./record.ts";
import { reloadRelay } from "./relay-start.ts";

/** Takes back what setups have done, the latest change first, from their record. */
export async function undoSetup(
  host: Host,
  { yes, dryRun }: SetupOptions,
  dialogue: Dialogue,
): Promise<ExitCode> {
  const record = await SetupRecord.open(host);
  const { entries } = record;
  if (entries.length === 0) {
    await dialogue.say("There is nothing to take back: mailseal setup has changed nothing here.");
    return exitCode.ok;
  }
  await dialogue.step("Take back, the latest change first");
  const targets = new Set(entries.toReversed().map(({ change }) => targetOf(change)));
  await dialogue.list([...targets]);
  const hasKeys = entries.some(({ change }) => change.kind === "key");
  if (hasKeys) {
    await dialogue.warn(
      "The private keys that setup made are removed. Their records in DNS are left alone: receivers need them for mail that is on its way. Remove them in a week, by hand",
    );
  }
  if (dryRun === true) return exitCode.ok;
  if (yes !== true) {
    if (!dialogue.canAsk) {
      throw new CommandFailure(
        exitCode.misuse,
        "nothing was taken back, because nobody can agree to it without a terminal; give --yes to go ahead",
      );
    }
    if (!(await dialogue.confirm("Take back these changes?", true))) return exitCode.no;
  }
  const progress = dialogue.progress("Taking back the changes");
  const kept = await record.undo(() => true);
  await record.remove();
  await refreshRelay(host);
  // systemd keeps it after the relay has stopped.
  if (await isWithoutUser(host)) {
    await rm(pathOn(host, layout.runtime), { recursive: true, force: true });
  }
  const count = entries.length - kept.length;
  await progress.end(`${count === 1 ? "1 change" : `${count} changes`} taken back`);
  for (const reason of kept) await dialogue.warn(reason);
  return kept.length === 0 ? exitCode.ok : exitCode.no;
}

async function isWithoutUser(host: Host): Promise<boolean> {
  return (await findUser(host, layout.user)) === undefined;
}

/** A relay that ran before the setup goes on with its old config; systemd forgets a unit that is gone. */
async function refreshRelay(host: Host): Promise<void> {
  if (!(await runsSystemd(host))) return;
  await host.run("systemctl", ["daemon-reload"]);
  if ((await unitState(host, layout.relayUnit))?.isActive === true) await reloadRelay(host);
}
