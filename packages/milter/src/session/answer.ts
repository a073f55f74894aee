import type { Answer } from "../handler.ts";
import type { Step } from "../wire/protocol.ts";
import type { Reply } from "../wire/reply.ts";
import { SmtpReply } from "../wire/smtp-reply.ts";
import type { Terms } from "./negotiation.ts";

/** Whether a step belongs to a message; the others belong to the connection. */
export function isOfMessage(step: Step): boolean {
  return step !== "connect" && step !== "helo" && step !== "unknown";
}

/** Whether an answer to a step of a message is the last: a refused RCPT or DATA leaves the message open. */
export function endsMessage(step: Step, answer: Answer): boolean {
  return !["rcptTo", "data"].includes(step) || answer === "accept" || answer === "discard";
}

/** The packet that says an answer at a step. */
export function replyOf(answer: Answer, step: Step, terms: Terms): Reply {
  if (answer instanceof SmtpReply) return answer;
  // Sendmail knows it for the body only; the handler is not asked again in any case.
  const skips = step === "body" && terms.skip;
  return { kind: answer === "skip" && !skips ? "continue" : answer };
}
