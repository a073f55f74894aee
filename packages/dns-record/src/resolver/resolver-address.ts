import { isIP } from "node:net";
import { quoted } from "@mailseal/syntax";
import { DnsRecordError } from "../errors.ts";

export interface ServerAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
}

const DNS_PORT = 53;

/**
 * Reads "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]" and "[2001:db8::53]:5353".
 *
 * @throws DnsRecordError "bad-server".
 */
export function parseServerAddress(text: string): ServerAddress {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const plain = isIP(text) === 0 ? /^([^:]*):(\d{1,5})$/.exec(text) : [text, text];
  const [, address = "", port] = bracketed ?? plain ?? [];
  const family = isIP(address);
  const portNumber = port === undefined ? DNS_PORT : Number(port);
  const bracketsFit = bracketed === null || family === 6;
  if ((family === 4 || family === 6) && bracketsFit && portNumber >= 1 && portNumber <= 65_535) {
    return { address, family, port: portNumber };
  }
  throw new DnsRecordError(
    "bad-server",
    `expected the IP address of a DNS server, as in 192.0.2.53 or [2001:db8::53]:53, got ${quoted(text)}`,
  );
}

/** The form that `dns.Resolver` reads. */
export function formatServerAddress({ address, family, port }: ServerAddress): string {
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
