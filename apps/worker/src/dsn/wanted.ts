import type { Notify, Recipient } from "@mailseal/queue";

/** RFC 3461 4.1: whether a sender wants to hear of this. Who asked for nothing hears of failures and delays. */
export function isWanted(what: Exclude<Notify, "never">, { dsn }: Recipient): boolean {
  return dsn?.notify === undefined ? what !== "success" : dsn.notify.includes(what);
}
