import { AUTHENTIC_DATA, encode, RECURSION_DESIRED } from "dns-packet";

/** A question for TXT records, and what a response must repeat. */
export interface DnsQuery {
  readonly id: number;
  /** Lower case, A-labels. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What every path carries in one piece (DNS Flag Day 2020). */
const MAX_UDP_OCTETS = 1232;

/**
 * A TXT query: recursion desired, EDNS0 (RFC 6891), and the AD bit, which asks a validating server to
 * tell whether it vouches for the answer (RFC 6840 5.7). `name` has the form of `lookupName`.
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
