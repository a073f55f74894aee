import { MailsealError, printable } from "@mailseal/errors";

/** Each code is documented in the README. */
export type QueueErrorCode =
  | "queue-full"
  | "queue-unavailable"
  | "queue-corrupt"
  | "queue-closed"
  | "lease-lost"
  | "body-failed"
  | "body-damaged"
  | "body-missing"
  | "bad-message"
  | "not-durable"
  | "bad-option";

/** The codes of errors that can end without a change: reply to the client with 4xx, and try again later. */
const temporary: ReadonlySet<QueueErrorCode> = new Set(["queue-full", "queue-unavailable"]);

/**
 * An operation of the queue failed, or an option is wrong.
 *
 * ```ts
 * try {
 *   await queue.add(mail, message);
 * } catch (error) {
 *   if (!(error instanceof QueueError)) throw error;
 *   reply(error.temporary ? 451 : 554, error.message);
 * }
 * ```
 */
export class QueueError extends MailsealError {
  declare readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(code, printable(message), options);
    this.name = "QueueError";
  }

  /** Whether the same call may succeed later with nothing changed: to be answered with 4xx. */
  get temporary(): boolean {
    return temporary.has(this.code);
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): QueueError {
  return new QueueError("bad-option", message);
}

/** The error of every method of a lease that no longer holds its message. */
export function leaseLost(id: string): QueueError {
  return new QueueError(
    "lease-lost",
    `the lease on ${id} has ended: it expired, the message was settled, or an operator dropped or held it; extend leases in time`,
  );
}
