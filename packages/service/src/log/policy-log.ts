import type { PolicyEvent } from "@mailseal/policy";
import type { Logger } from "./log.ts";

/** Logs the events that the line of a message does not include, such as a key that cannot be used. */
export function logPolicyEvent(log: Logger, event: PolicyEvent): void {
  switch (event.type) {
    case "signature-failed":
    case "hook-failed":
    case "hook-stray":
    case "fault":
    case "key-permissions": {
      const { type, ...rest } = event;
      log.warn(rest, type);
      return;
    }
    default:
  }
}
