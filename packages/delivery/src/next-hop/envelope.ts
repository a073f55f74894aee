import { refusal, type Reply } from "../reply.ts";
import {
  mailCommand,
  type MailParameters,
  needsSmtpUtf8,
  recipientCommand,
  type RecipientParameters,
  unsupportedRecipient,
  unsupportedSender,
} from "./envelope-commands.ts";
import type { NextHopSession } from "./next-hop-session.ts";

/** The replies to MAIL and to each RCPT. */
export interface EnvelopeReplies {
  readonly sender: Reply;
  /** In the order of the recipients; meaningless if the sender is refused. */
  readonly recipients: readonly Reply[];
}

/**
 * Sends MAIL and all RCPTs together, with SMTPUTF8 if an address needs it (RFC 6531 3.4). A recipient that the server
 * does not support is refused here, and the others are sent. Throws `ConnectionLost`.
 */
export async function exchangeEnvelope(
  session: NextHopSession,
  mail: MailParameters,
  recipients: readonly RecipientParameters[],
): Promise<EnvelopeReplies> {
  const { extensions } = session;
  const impossible = unsupportedSender(extensions, mail);
  if (impossible !== undefined) {
    return { sender: impossible, recipients: [] };
  }
  const refusals = recipients.map((recipient) => unsupportedRecipient(extensions, recipient));
  const asked = recipients.filter((_, at) => refusals[at] === undefined);
  const smtpUtf8 = mail.smtpUtf8 || asked.some(({ address }) => needsSmtpUtf8(address));
  const [sender = noReply, ...replies] = await session.exchange([
    mailCommand(extensions, { ...mail, smtpUtf8 }),
    ...asked.map((recipient) => recipientCommand(extensions, recipient)),
  ]);
  let next = 0;
  return {
    sender,
    recipients: refusals.map((refused) => refused ?? replies[next++] ?? noReply),
  };
}

const noReply: Reply = refusal(451, "4.4.2", "the next hop did not reply");
