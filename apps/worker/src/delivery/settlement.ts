import { refusal, replyLine } from "@mailseal/delivery";
import type { Config } from "@mailseal/policy/config";
import { type Lease, QueueError } from "@mailseal/queue";
import type { Notifier } from "../dsn/notifier.ts";
import type { RecipientReport } from "../dsn/report.ts";
import { isWanted } from "../dsn/wanted.ts";
import type { Outcome } from "./outcome.ts";
import { hookFailures, ownFaultWaitMs, withHookFailures } from "./own-faults.ts";
import { isExpired, waitAfter } from "./retry-schedule.ts";

export interface SettlementSetup {
  readonly worker: Config["worker"];
  /** Times in a row that a hook may fail; 0: any. */
  readonly maxHookFailures: number;
  readonly notifier: Notifier;
  readonly now: () => number;
  readonly random: () => number;
}

/** How a message was ended, for the log. */
export type Settled = "done" | "retry" | "dead" | "lease-lost";

/** Stands at the end of the reason of a message whose sender was told of the delay: it travels in the queue. */
const toldMark = " (sender told)";
const longestReason = 500;

/**
 * Ends a lease by its recipients' outcomes. Notifications are durable before the message is settled: a crash
 * in between tells something twice rather than not at all.
 */
export async function settle(
  setup: SettlementSetup,
  lease: Lease,
  outcomes: readonly Outcome[],
): Promise<Settled> {
  const { message } = lease;
  const expired = isExpired(setup.worker, message.firstSeenMs, setup.now());
  const failed = outcomes.flatMap((it) => givenUp(it, expired));
  const deferred = expired ? [] : outcomes.filter(({ outcome }) => outcome === "deferred");
  const wasTold = message.reason?.endsWith(toldMark) === true;
  const reasonBefore = wasTold ? message.reason?.slice(0, -toldMark.length) : message.reason;
  const failures = hookFailures(deferred, reasonBefore);
  if (setup.maxHookFailures > 0 && failures >= setup.maxHookFailures) {
    // Its sender is told nothing: the mail is here, and goes out when an operator has mended the hook.
    return ended(() => lease.dead(withHookFailures(reasonOf(deferred), failures)), "dead");
  }
  const tellsDelay = !wasTold && deferred.length > 0 && isDelayed(setup, lease);
  await setup.notifier.tell(lease, [
    ...reports(failed, "failed"),
    ...reports(tellsDelay ? deferred : [], "delayed"),
    ...reports(
      outcomes.filter(({ outcome, takesDsn }) => outcome === "delivered" && !takesDsn),
      "relayed",
    ),
  ]);
  if (deferred.length > 0) {
    const told = wasTold || tellsDelay ? toldMark : "";
    const scheduledMs = waitAfter(setup.worker, message.attempt, setup.random);
    const retry = {
      afterMs: ownFaultWaitMs(deferred, scheduledMs),
      reason: withHookFailures(reasonOf(deferred), failures) + told,
      recipients: deferred.map(({ recipient }) => recipient),
    };
    return ended(() => lease.retry(retry), "retry");
  }
  if (failed.length > 0 && message.envelope.from === "") {
    // Nobody can be told: an operator may look at it.
    return ended(() => lease.dead(reasonOf(failed)), "dead");
  }
  return ended(() => lease.done(), "done");
}

async function ended(end: () => Promise<void>, settled: Settled): Promise<Settled> {
  try {
    await end();
    return settled;
  } catch (error) {
    if (error instanceof QueueError && error.code === "lease-lost") {
      return "lease-lost";
    }
    throw error;
  }
}

function isDelayed({ worker, now }: SettlementSetup, { message }: Lease): boolean {
  return worker.delayWarning > 0 && now() - message.firstSeenMs >= worker.delayWarning;
}

const wanted = { failed: "failure", delayed: "delay", relayed: "success" } as const;

function reports(
  outcomes: readonly Outcome[],
  action: RecipientReport["action"],
): readonly RecipientReport[] {
  return outcomes
    .filter(({ recipient }) => isWanted(wanted[action], recipient))
    .map(({ recipient, reply }) => ({ recipient, action, reply }));
}

function givenUp(it: Outcome, expired: boolean): readonly Outcome[] {
  if (it.outcome === "deferred" && expired) {
    const text = `given up after the last of many attempts: ${replyLine(it.reply)}`;
    return [{ ...it, reply: refusal(550, "4.4.7", text) }];
  }
  return it.outcome === "failed" ? [it] : [];
}

function reasonOf(outcomes: readonly Outcome[]): string {
  const [first] = outcomes;
  if (first === undefined) return "";
  const cause = first.ownFault?.cause ?? "";
  return `${replyLine(first.reply)}${cause === "" ? "" : `: ${cause}`}`.slice(0, longestReason);
}
