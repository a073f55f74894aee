import type { Config } from "@mailseal/config";
import { replyLine } from "@mailseal/delivery";
import { type Lease, type Notify, QueueError, type Recipient } from "@mailseal/queue";
import type { RecipientReport } from "../../dsn/notice.ts";
import type { Notified, Notifier } from "../../dsn/notifier.ts";
import { markedRecipient, type Outcome } from "../outcome.ts";
import { isExpired, waitAfter } from "./retry-schedule.ts";

export interface SettlementSetup {
  readonly worker: Config["worker"];
  /** How many times in a row a hook may fail; 0: without limit. */
  readonly maxHookFailures: number;
  readonly notifier: Notifier;
  readonly now: () => number;
  readonly random: () => number;
  /** Waits between two attempts to settle. */
  readonly wait: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** How a lease ended, for the log. */
export interface Settled {
  readonly how: "done" | "retry" | "dead" | "lease-lost";
  readonly reason?: string;
  /** Why the sender was not notified although it should have been. */
  readonly noBounce?: string;
}

/** How to end a lease. */
type Ending =
  | { readonly how: "done" }
  | {
      readonly how: "retry";
      readonly afterMs: number;
      readonly reason: string;
      readonly recipients: readonly Recipient[];
    }
  | { readonly how: "dead"; readonly reason: string; readonly recipients: readonly Recipient[] };

/** Ends the reason of a message whose sender was notified of the delay. Queues store it, so it must not change. */
const notifiedMark = " (sender told)";
const longestReason = 500;
/** A local failure may be repaired at any time, so its mail must not wait for hours. */
const longestLocalWaitMs = 15 * 60_000;

/** Ends the reason of a message whose hook failed. Queues store it, so it must not change. */
const hookMark = /\(hook failures in a row: (\d{1,9})\)$/;
/** How long after the expiry of a message to keep trying if the queue does not accept its bounce. */
const extraDayMs = 86_400_000;
const firstWaitMs = 250;
const longestWaitMs = 5000;

/**
 * Settles a message according to the outcomes of its recipients. The notification is durable before the message is
 * settled, because after a crash in between a second notification is better than none. If the notification cannot be
 * queued, deliveries are recorded all the same, so that no recipient gets the message twice; failed recipients stay in
 * the message, marked, until their bounce is queued or they become a dead letter.
 */
export async function settle(
  setup: SettlementSetup,
  lease: Lease,
  outcomes: readonly Outcome[],
  binding: string | undefined,
): Promise<Settled> {
  const { message } = lease;
  const expired = isExpired(setup.worker, message.firstSeenMs, setup.now());
  const failed = outcomes.flatMap((it) => finallyFailed(it, expired));
  const deferred = expired ? [] : outcomes.filter(({ outcome }) => outcome === "deferred");
  const wasNotified = message.reason?.endsWith(notifiedMark) === true;
  const reasonBefore = wasNotified
    ? message.reason?.slice(0, -notifiedMark.length)
    : message.reason;
  const failures = hookFailures(deferred, reasonBefore);
  if (setup.maxHookFailures > 0 && failures >= setup.maxHookFailures) {
    // The sender is not notified, because the mail is delivered once an operator has repaired the hook.
    const reason = withHookFailures(reasonOf(deferred), failures);
    const recipients = [...deferred, ...failed].map(({ recipient }) => recipient);
    return ended(setup, lease, { how: "dead", reason, recipients });
  }
  const notifiesDelay = !wasNotified && deferred.length > 0 && isDelayed(setup, lease);
  const all = [
    ...reports(failed, "failed"),
    ...reports(notifiesDelay ? deferred : [], "delayed"),
    ...reports(
      outcomes.filter(({ outcome, takesDsn }) => outcome === "delivered" && !takesDsn),
      "relayed",
    ),
  ];
  const notified: Notified =
    all.length === 0 && failed.length === 0
      ? { kind: "notified" }
      : await setup.notifier.notify(lease, binding, all);
  const isDelayNotified = wasNotified || (notifiesDelay && notified.kind !== "not-queued");
  const ending = endingFor(setup, lease, {
    notified,
    deferred,
    failures,
    failed:
      notified.kind === "notified" ? [] : failed.filter((it) => isKept(it, message.envelope.from)),
    mark: isDelayNotified ? notifiedMark : "",
  });
  const noBounce = notified.kind === "notified" || all.length === 0 ? undefined : whyOf(notified);
  const settled = await ended(setup, lease, ending);
  return noBounce === undefined ? settled : { ...settled, noBounce };
}

/** Mail from the null sender is always kept for an operator, other mail only if its sender wants to know of failures. */
function isKept({ recipient }: Outcome, from: string): boolean {
  return from === "" || isWanted("failure", recipient);
}

function endingFor(
  { worker, now, random }: SettlementSetup,
  { message }: Lease,
  {
    notified,
    deferred,
    failures,
    failed,
    mark,
  }: {
    readonly notified: Notified;
    /** The number of times in a row that the hook has failed. */
    readonly failures: number;
    readonly deferred: readonly Outcome[];
    /** The failed recipients of whom the sender was not notified. */
    readonly failed: readonly Outcome[];
    readonly mark: string;
  },
): Ending {
  const marked = failed.map(markedRecipient);
  const scheduledMs = waitAfter(worker, message.attempt, random);
  if (deferred.length > 0) {
    return {
      how: "retry",
      afterMs: localFailureWaitMs(deferred, scheduledMs),
      reason: withHookFailures(reasonOf(deferred), failures) + mark,
      recipients: [...deferred.map(({ recipient }) => recipient), ...marked],
    };
  }
  if (failed.length === 0) {
    return { how: "done" };
  }
  const noBounce = message.envelope.from === "" ? "" : `; not bounced: ${whyOf(notified)}`;
  const why = (reasonOf(failed) + noBounce).slice(0, 2 * longestReason);
  const isTriedAgain =
    notified.kind === "not-queued" && now() - message.firstSeenMs < worker.expiry + extraDayMs;
  return isTriedAgain
    ? { how: "retry", afterMs: scheduledMs, reason: why + mark, recipients: marked }
    : { how: "dead", reason: why, recipients: failed.map(({ recipient }) => recipient) };
}

/**
 * Ends the lease. If the queue fails temporarily, for instance because the disk is full, it retries. Otherwise
 * recipients who have received the message would get it again.
 */
async function ended(setup: SettlementSetup, lease: Lease, ending: Ending): Promise<Settled> {
  const { wait, isStopping } = setup;
  const reason = ending.how === "done" ? {} : { reason: ending.reason };
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    try {
      if (ending.how === "done") {
        await lease.done();
      } else if (ending.how === "dead") {
        await lease.dead(ending.reason, ending.recipients);
      } else {
        const { afterMs, reason: why, recipients } = ending;
        await lease.retry({ afterMs, reason: why, recipients });
      }
      return { how: ending.how, ...reason };
    } catch (error) {
      if (error instanceof QueueError && error.code === "lease-lost") {
        return { how: "lease-lost", ...reason };
      }
      if (!(error instanceof QueueError && error.temporary) || isStopping()) {
        throw error;
      }
      await wait(waitMs);
    }
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
    .map((it) => reportOf(it, action));
}

function reportOf(
  { recipient, reply, expired }: Outcome,
  action: RecipientReport["action"],
): RecipientReport {
  return expired === true ? { recipient, action, reply, expired } : { recipient, action, reply };
}

function finallyFailed(it: Outcome, expired: boolean): readonly Outcome[] {
  if (it.outcome === "deferred" && expired) {
    return [{ ...it, expired: true }];
  }
  return it.outcome === "failed" ? [it] : [];
}

function whyOf(notified: Notified): string {
  switch (notified.kind) {
    case "suppressed":
      return notified.why;
    case "not-queued": {
      const { fault } = notified;
      return `the bounce could not be queued: ${fault instanceof Error ? fault.message : String(fault)}`;
    }
    default:
      return "";
  }
}

function reasonOf(outcomes: readonly Outcome[]): string {
  const [first] = outcomes;
  if (first === undefined) {
    return "";
  }
  const opening = first.expired === true ? "given up after the last of many attempts: " : "";
  const cause = first.localFailure?.cause ?? "";
  const line = `${opening}${replyLine(first.reply)}${cause === "" ? "" : `: ${cause}`}`;
  // The reply of a server must not count as a notification.
  return line.replaceAll(notifiedMark, " (sender)").slice(0, longestReason);
}

/** RFC 3461 4.1: whether a sender wants this notification. Without NOTIFY, failures and delays are notified. */
function isWanted(what: Exclude<Notify, "never">, { dsn }: Recipient): boolean {
  return dsn?.notify === undefined ? what !== "success" : dsn.notify.includes(what);
}

/** How often the hook has failed in a row, including this attempt; 0 if it did not fail in this attempt. */
function hookFailures([first]: readonly Outcome[], reasonBefore: string | undefined): number {
  const before = Number(hookMark.exec(reasonBefore ?? "")?.[1] ?? 0);
  return first?.localFailure?.of === "hook" ? before + 1 : 0;
}

/** The reason with the count. Without one, text in the reason that looks like a count is changed. */
function withHookFailures(reason: string, count: number): string {
  return count > 0
    ? `${reason} (hook failures in a row: ${count})`
    : reason.replace(hookMark, "(hook failures)");
}

/** A hook that fails is retried by the schedule, because its message becomes a dead letter after some failures. */
function localFailureWaitMs([first]: readonly Outcome[], scheduledMs: number): number {
  return first?.localFailure?.of === "other"
    ? Math.min(scheduledMs, longestLocalWaitMs)
    : scheduledMs;
}
