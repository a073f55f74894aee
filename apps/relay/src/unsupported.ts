import type { Config, Listener } from "@mailseal/policy/config";
import { MailsealError } from "@mailseal/syntax";

/** The listeners of a config, where this program can serve all of them. Throws a `MailsealError` "unsupported". */
export function servedListeners({ listeners }: Config): readonly Listener[] {
  return listeners.map((listener) => {
    if (listener.protocol === "smtp" && listener.mode === "queue") {
      throw unsupported(
        `listener ${listener.listen}: mode queue needs mailseal-worker; use mode proxy here`,
      );
    }
    return listener;
  });
}

function unsupported(message: string): MailsealError {
  return new MailsealError("unsupported", message);
}
