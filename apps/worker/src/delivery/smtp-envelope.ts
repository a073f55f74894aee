import type { MailParameters, RecipientParameters } from "@mailseal/delivery";
import type { Envelope, Recipient } from "@mailseal/queue";

/** What MAIL is to say. */
export function mailParameters(envelope: Envelope, sizeBytes: number): MailParameters {
  const { from, body8bit, smtputf8, ret, envid } = envelope;
  return {
    from,
    sizeBytes,
    eightBit: body8bit === true,
    smtpUtf8: smtputf8 === true,
    ...(ret === undefined ? {} : { ret: ret === "full" ? "FULL" : "HDRS" }),
    ...(envid === undefined ? {} : { envid }),
  };
}

/** What RCPT is to say. */
export function recipientParameters({ address, dsn }: Recipient): RecipientParameters {
  return {
    address,
    ...(dsn?.notify === undefined ? {} : { notify: dsn.notify.join(",").toUpperCase() }),
    ...(dsn?.orcpt === undefined ? {} : { orcpt: dsn.orcpt }),
  };
}
