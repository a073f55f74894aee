import { AUTHENTIC_DATA, encode, RECURSION_DESIRED } from "dns-packet";

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
  const bytes = encode({
    type: "query",
    id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ type: "TXT", class: "IN", name }],
    additionals: [
      {
        type: "OPT",
        name: ".",
        udpPayloadSize: MAX_UDP_OCTETS,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  return { id, name, bytes };
}
