import { type Config, findBinding } from "@mailseal/config";
import type { DecodedMail } from "@mailseal/delivery";
import { isAutomaticMail, type Message } from "@mailseal/syntax";

/**
 * Why the sender of a message is told nothing of it; undefined where it is. Whoever forges a sender would have
 * this program write to somebody who sent nothing, and automatic mail that is answered may start a loop.
 */
export function whyUntold(
  { worker, ...config }: Config,
  binding: string | undefined,
  { mail, noBounce, context: { listener } }: DecodedMail,
  header: Message,
): string | undefined {
  if (mail.from === "") {
    return "its sender is the null sender";
  }
  if (noBounce !== undefined) {
    return noBounce === "listener"
      ? `bounces are off for listener ${listener}`
      : "its client was neither authenticated nor local nor in relayNetworks";
  }
  if (binding !== undefined && findBinding({ worker, ...config }, binding)?.bounces === "off") {
    return `bounces are off for binding ${binding}`;
  }
  return worker.bounces.automatic === "off" && isAutomaticMail(header)
    ? "it is automatic mail"
    : undefined;
}
