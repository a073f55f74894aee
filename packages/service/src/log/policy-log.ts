import type { PolicyEvent } from "@mailseal/policy";
import type { Logger } from "./log.ts";

/** What the line of a message does not tell, a line each. */
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
