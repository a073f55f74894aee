import { mailDate, type NewField } from "@mailseal/syntax";

/** What the trace field of RFC 5321 4.4 tells. */
export interface ReceivedFrom {
  readonly heloName: string;
  /** "" of a unix socket; undefined where it is not known. */
  readonly remoteAddress: string | undefined;
  readonly hostname: string;
  /** As in "ESMTPS" (RFC 3848), UTF8SMTP with SMTPUTF8 (RFC 6531). */
  readonly transmissionType: string;
  readonly queueId: string;
  readonly at: Date;
}

/** The Received field. Whatever the client called itself, it is printable ASCII. */
export function receivedField(received: ReceivedFrom): NewField {
  const { heloName, remoteAddress, hostname, transmissionType, queueId, at } = received;
  return {
    name: "Received",
    value:
      ` from ${nameToken(heloName)} (${addressLiteral(remoteAddress)})\r\n` +
      `\tby ${hostname} (Mailseal) with ${transmissionType} id ${queueId};\r\n` +
      `\t${mailDate(at.getTime())}`,
  };
}

function addressLiteral(address: string | undefined): string {
  if (address === undefined || address === "") {
    return address === undefined ? "unknown" : "localhost";
  }
  return address.includes(":") ? `[IPv6:${address}]` : `[${address}]`;
}

function nameToken(name: string): string {
  const token = name.replaceAll(/[^\w.:[\]-]/g, "?");
  return token === "" ? "unknown" : token.slice(0, 255);
}
