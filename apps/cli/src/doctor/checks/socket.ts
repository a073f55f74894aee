import type { Check } from "../check.ts";
import { checkPostfixCalls } from "../socket/postfix-calls.ts";
import { checkSendmailCalls } from "../socket/sendmail-calls.ts";

/** Whether Postfix or Sendmail can connect to the relay, tried as its user. */
export const socketCheck: Check = {
  id: "socket",
  claim: "the mail server calls the relay and can connect to it",
  limitMs: 30_000,
  async run(installation, report) {
    const mailServer = await installation.mailServer();
    const listeners = await installation.milterListeners();
    if (mailServer.kind === "none" || listeners.length === 0) return report.doesNotApply();
    if (mailServer.kind === "postfix") {
      await checkPostfixCalls(installation, mailServer.postfix, listeners, report);
    } else {
      await checkSendmailCalls(installation, mailServer.sendmail, listeners, report);
    }
  },
};
