import type { Config, SmtpListener } from "@mailseal/policy/config";
import { MailsealError } from "@mailseal/syntax";

/** The listeners of a config, where this program can serve all of them. Throws a `MailsealError` "unsupported". */
export function smtpListeners({ listeners }: Config): readonly SmtpListener[] {
  return listeners.map((listener) => {
    if (listener.protocol === "milter") {
      throw unsupported(`listener ${listener.listen}: milter listeners are not served yet`);
    }
    return listener;
  });
}

function unsupported(message: string): MailsealError {
  return new MailsealError("unsupported", message);
}
