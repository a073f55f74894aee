import { CommandFailure, exitCode } from "../exit-code.ts";
import type { Host } from "../host/host.ts";
import { actionsOf, type Change } from "./changes/change.ts";
import type { Dialogue } from "./dialogue.ts";
import type { SetupOptions } from "./options.ts";
import type { Plan } from "./plan/plan.ts";
import type { SetupRecord } from "./record.ts";

/** Prints every change of a plan as a diff or as commands. */
export async function showPlan(host: Host, plan: Plan, dialogue: Dialogue): Promise<void> {
  const changes = [...plan.prepare, ...plan.connect];
  await dialogue.step(
    changes.length === 0 ? "Nothing to change" : `${countOf(changes)}, none of them made`,
  );
  for (const change of changes) {
    const { title, lines } = await actionsOf(change).describe(host);
    await dialogue.step(title);
    if (lines.length > 0) await dialogue.show(lines);
  }
  await sayRemarks(plan, dialogue);
  await dialogue.say(
    "Afterwards, setup shows the record to publish in DNS, waits until DNS returns it, and sends a test message.",
  );
}

/** Shows what a plan changes, and asks. Throws a `CommandFailure` if nobody can answer. */
export async function isAgreed(
  host: Host,
  plan: Plan,
  { yes }: SetupOptions,
  dialogue: Dialogue,
): Promise<boolean> {
  const changes = [...plan.prepare, ...plan.connect];
  await sayRemarks(plan, dialogue);
  if (changes.length === 0) {
    await dialogue.step("Nothing to change: everything is in place");
    return true;
  }
  // Each is named when it is made.
  if (yes === true) return true;
  await dialogue.step(`${countOf(changes)} to make`);
  const titles = await Promise.all(
    changes.map(async (change) => (await actionsOf(change).describe(host)).title),
  );
  await dialogue.list(titles);
  if (!dialogue.canAsk) {
    throw new CommandFailure(
      exitCode.misuse,
      "nothing was changed, because nobody can agree to the changes without a terminal; give --yes to make them, or --dry-run to see each of them as a diff",
    );
  }
  const choices = [
    { value: "yes", label: "Yes" },
    { value: "show", label: "Show each of them as a diff first" },
    { value: "no", label: "No" },
  ] as const;
  for (;;) {
    const answer = await dialogue.choose<(typeof choices)[number]["value"]>(
      "Make these changes?",
      choices,
      "yes",
    );
    if (answer !== "show") return answer === "yes";
    await showPlan(host, plan, dialogue);
  }
}

/** Makes the changes in their order. Each is in the record before it is made. */
export async function makeChanges(
  host: Host,
  record: SetupRecord,
  changes: readonly Change[],
  dialogue: Dialogue,
): Promise<void> {
  if (changes.length === 0) return;
  const progress = dialogue.progress("Making the changes");
  for (const change of changes) {
    const { title } = await actionsOf(change).describe(host);
    progress.update(title);
    try {
      await record.make(change);
    } catch (error) {
      await progress.end(`Failed: ${title}`);
      throw error;
    }
  }
  await progress.end(`${countOf(changes)} made`);
}

function countOf({ length }: readonly Change[]): string {
  return length === 1 ? "1 change" : `${length} changes`;
}

async function sayRemarks({ remarks }: Plan, dialogue: Dialogue): Promise<void> {
  for (const remark of remarks) await dialogue.warn(remark);
}
