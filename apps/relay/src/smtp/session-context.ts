/** Translates the sessions and addresses of smtp-server into the types of the relay. */
import type { SmtpListener } from "@mailseal/config";
import {
  type MailParameters,
  type RecipientParameters,
  refusal,
  type Reply,
  withAsciiDomain,
} from "@mailseal/delivery";
import type { MailContext } from "@mailseal/policy";
import type { Notify } from "@mailseal/queue";
import type { SMTPServerAddress, SMTPServerSession } from "smtp-server";
import { type ClientTrust, knownClient } from "./client-trust.ts";

const mailKeywords = new Set(["SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH"]);
const recipientKeywords = new Set(["NOTIFY", "ORCPT"]);

/** RFC 5321 4.1.1.11: unknown parameters of MAIL and RCPT are refused. */
export function unknownParameter(
  command: "MAIL" | "RCPT",
  { args }: SMTPServerAddress,
): Reply | undefined {
  const known = command === "MAIL" ? mailKeywords : recipientKeywords;
  const unknown = Object.keys(args === false ? {} : args).find((keyword) => !known.has(keyword));
  return unknown === undefined
    ? undefined
    : refusal(555, "5.5.4", `${command} parameter not implemented`);
}

export function mailParameters(
  address: SMTPServerAddress,
  { envelope }: SMTPServerSession,
): MailParameters {
  const { dsn, bodyType, smtpUtf8 } = envelope;
  const size = address.args === false ? undefined : address.args["SIZE"];
  return {
    // smtp-server shows domains as U-labels.
    from: withAsciiDomain(address.address),
    eightBit: bodyType === "8bitmime",
    smtpUtf8: smtpUtf8 === true,
    ...(typeof size === "string" ? { sizeBytes: Number(size) } : {}),
    ...(typeof dsn?.ret === "string" ? { ret: dsn.ret === "FULL" ? "full" : "headers" } : {}),
    ...(typeof dsn?.envid === "string" ? { envid: dsn.envid } : {}),
  };
}

export function recipientParameters({ address, dsn }: SMTPServerAddress): RecipientParameters {
  return {
    address: withAsciiDomain(address),
    ...dsnParameters(dsn),
  };
}

const notifyKeywords: ReadonlyMap<string, Notify> = new Map([
  ["NEVER", "never"],
  ["SUCCESS", "success"],
  ["FAILURE", "failure"],
  ["DELAY", "delay"],
]);

function dsnParameters(dsn: SMTPServerAddress["dsn"]): Pick<RecipientParameters, "dsn"> {
  const { notify, orcpt } = dsn ?? {};
  if (notify === undefined && orcpt === undefined) {
    return {};
  }
  // smtp-server refuses other keywords.
  const known = notify?.flatMap((word) => notifyKeywords.get(word.toUpperCase()) ?? []);
  return {
    dsn: {
      ...(known === undefined ? {} : { notify: known }),
      ...(orcpt === undefined ? {} : { orcpt }),
    },
  };
}

export function mailContext(
  session: SMTPServerSession,
  listener: SmtpListener,
  trust: ClientTrust,
  queueId: string,
  receivedMs: number,
): MailContext {
  const { hostNameAppearsAs, tlsOptions } = session;
  const client = knownClient(session);
  const unsigned = trust.unsigned(client);
  return {
    direction: listener.direction,
    queueId,
    listener: listener.name ?? listener.listen,
    heloName: hostNameAppearsAs,
    relayNetwork: trust.isInRelayNetwork(client),
    submitter: listener.direction === "outbound" && unsigned === undefined,
    receivedMs,
    variables: new Map(
      tlsOptions === false
        ? []
        : [
            ["tls_version", tlsOptions.version],
            ["cipher", tlsOptions.name],
          ],
    ),
    ...(client.address === undefined ? {} : { remoteAddress: client.address }),
    ...(client.user === undefined ? {} : { authUser: client.user }),
    ...(unsigned === undefined ? {} : { unsigned }),
    ...(listener.binding === undefined ? {} : { binding: listener.binding }),
  };
}
