import { isIP } from "node:net";
import { listOf, type OptionRule, received } from "@mailseal/errors";
import { DnsRecordError } from "../errors.ts";

/** The address of a DNS server. */
export interface ServerAddress {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  /** The version of IP. */
  readonly family: 4 | 6;
  /** 53 unless the text names another. */
  readonly port: number;
}

const DNS_PORT = 53;
const expected = "the IP address of a DNS server, as in 192.0.2.53 or [2001:db8::53]:53";

/** The option `servers`. */
export const serverList: OptionRule = listOf(
  "DNS servers",
  { expected, accepts: (it) => typeof it === "string" && readServerAddress(it) !== undefined },
  1,
);

/** A server that cannot be used has a code of its own. */
export function badServerList(message: string, option: string): DnsRecordError {
  return new DnsRecordError(
    option.startsWith("servers[") ? "bad-server" : "invalid-option",
    message,
  );
}

/**
 * Reads "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]" and "[2001:db8::53]:5353".
 *
 * ```ts
 * parseServerAddress("[2001:db8::53]:5353"); // { address: "2001:db8::53", family: 6, port: 5353 }
 * ```
 *
 * @throws DnsRecordError "bad-server".
 */
export function parseServerAddress(text: string): ServerAddress {
  const isText = typeof text === "string";
  const server = isText ? readServerAddress(text) : undefined;
  if (server !== undefined) return server;
  // The option that holds a text is named by whoever reads it.
  const parameter = isText ? "" : "text: ";
  throw new DnsRecordError("bad-server", `${parameter}expected ${expected}, got ${received(text)}`);
}

function readServerAddress(text: string): ServerAddress | undefined {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const plain = isIP(text) === 0 ? /^([^:]*):(\d{1,5})$/.exec(text) : [text, text];
  const [, address = "", port] = bracketed ?? plain ?? [];
  const family = isIP(address);
  const portNumber = port === undefined ? DNS_PORT : Number(port);
  const bracketsFit = bracketed === null || family === 6;
  if ((family === 4 || family === 6) && bracketsFit && portNumber >= 1 && portNumber <= 65_535) {
    return { address, family, port: portNumber };
  }
  return undefined;
}

/** The form that `dns.Resolver` reads. */
export function formatServerAddress({ address, family, port }: ServerAddress): string {
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
