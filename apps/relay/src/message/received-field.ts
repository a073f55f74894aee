import { mailDate, type NewField } from "@mailseal/syntax";

/** The contents of the trace field of RFC 5321 4.4. */
export interface ReceivedFrom {
  readonly heloName: string;
  /** "" for a unix socket; undefined if it is not known. */
  readonly remoteAddress: string | undefined;
  readonly hostname: string;
  /** As in "ESMTPS" (RFC 3848), UTF8SMTP with SMTPUTF8 (RFC 6531). */
  readonly transmissionType: string;
  readonly queueId: string;
  readonly at: Date;
}

/** The Received field. It is printable ASCII, whatever the client called itself. */
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
