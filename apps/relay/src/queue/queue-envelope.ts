import type { MailParameters, RecipientParameters } from "@mailseal/delivery";
import type { NewMessage, Notify, Recipient } from "@mailseal/queue";

const notifications: ReadonlyMap<string, Notify> = new Map([
  ["NEVER", "never"],
  ["SUCCESS", "success"],
  ["FAILURE", "failure"],
  ["DELAY", "delay"],
]);

/** What SMTP said, as the queue keeps it. */
export function queueEnvelope(mail: MailParameters): NewMessage["envelope"] {
  return {
    from: mail.from,
    ...(mail.ret === undefined ? {} : { ret: mail.ret === "FULL" ? "full" : "headers" }),
    ...(mail.envid === undefined ? {} : { envid: mail.envid }),
    smtputf8: mail.smtpUtf8,
    body8bit: mail.eightBit,
  };
}

export function queueRecipient({ address, notify, orcpt }: RecipientParameters): Recipient {
  if (notify === undefined && orcpt === undefined) {
    return { address };
  }
  const wanted = notify?.split(",").flatMap((word) => notifications.get(word.toUpperCase()) ?? []);
  return {
    address,
    dsn: {
      ...(wanted === undefined ? {} : { notify: wanted }),
      ...(orcpt === undefined ? {} : { orcpt }),
    },
  };
}
