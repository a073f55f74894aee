import { flag, internetClass, recordType } from "../wire/dns-message.ts";
import { writeName } from "../wire/dns-name.ts";

/** A query for TXT records, with the parts that a response must repeat. */
export interface DnsQuery {
  readonly id: number;
  /** Lower case, A-labels. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The size that every path carries without fragmentation (DNS Flag Day 2020). */
const MAX_UDP_OCTETS = 1232;

/**
 * A TXT query: recursion desired, EDNS0 (RFC 6891), and the AD bit, which asks a validating server to report
 * whether it validated the answer (RFC 6840 5.7). `name` has the form of `lookupName`.
 */
export function encodeTxtQuery(name: string, id: number): DnsQuery {
  const octets: number[] = [];
  // The header: one question, and one additional record.
  pushUint16(octets, id, flag.recursionDesired | flag.authenticData, 1, 0, 0, 1);
  writeName(octets, name);
  pushUint16(octets, recordType.txt, internetClass);
  // OPT: the root as its name, the size as its class, and no RCODE, version, flags or data.
  octets.push(0);
  pushUint16(octets, recordType.opt, MAX_UDP_OCTETS, 0, 0, 0);
  return { id, name, bytes: Uint8Array.from(octets) };
}

function pushUint16(octets: number[], ...values: readonly number[]): void {
  for (const value of values) octets.push(value >> 8, value & 0xff);
}
