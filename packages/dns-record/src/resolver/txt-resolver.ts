import { quoted } from "@mailseal/syntax";

/**
 * The answer of DNS for the TXT records at a name. Outcomes are distinct because a verifier must distinguish
 * them: a name that does not exist is a permanent answer, a server that fails is not (RFC 6376 6.1.2).
 */
export type TxtAnswer = TxtFound | TxtAbsent | TxtFailure;

/** The TXT records at a name. */
export interface TxtFound {
  /** There are records. */
  readonly status: "found";
  /** The concatenated strings of each TXT record; latin1, one character for each octet. */
  readonly records: readonly string[];
  /** How long the answer may be cached, if the resolver reports it. */
  readonly ttlSeconds?: number;
  /** Whether the server validated the answer with DNSSEC (the AD bit), if the resolver reports it. */
  readonly authenticated?: boolean;
  /** The name that has the records, if CNAMEs lead to it. */
  readonly canonicalName?: string;
}

/** DNS answered that there are no TXT records. */
export interface TxtAbsent {
  /** "nxdomain": the name does not exist. "nodata": it exists, but has no TXT records. */
  readonly status: "nxdomain" | "nodata";
  /** As in `TxtFound`. */
  readonly ttlSeconds?: number;
  /** As in `TxtFound`. */
  readonly authenticated?: boolean;
}

/** DNS did not answer. The question may be asked again later. */
export interface TxtFailure {
  /** "error" is any failure other than SERVFAIL and a timeout, for example a refusal or a malformed response. */
  readonly status: "servfail" | "timeout" | "error";
  /** The reason, for people. */
  readonly reason: string;
}

/** Looks up TXT records. It never rejects because of the answer of DNS or its absence. */
export interface TxtResolver {
  /** Looks up the TXT records at a name. */
  resolveTxt(name: string): Promise<TxtAnswer>;
}

/** A longer timer would fire at once. */
export const MAX_TIMEOUT_MS = 2_147_483_647;

/** The most CNAMEs to follow. */
export const MAX_CNAMES = 8;

export function failure(status: TxtFailure["status"], reason: string): TxtFailure {
  return { status, reason };
}

const networkReasons: ReadonlyMap<unknown, string> = new Map([
  ["ECONNREFUSED", "the DNS server refused the connection"],
  ["ECONNRESET", "the DNS server closed the connection"],
  ["EHOSTUNREACH", "the DNS server cannot be reached"],
  ["ENETUNREACH", "the DNS server cannot be reached"],
  ["ENOTFOUND", "the name of the DNS server cannot be resolved"],
]);

/** The failure of a system call, with its reason in words instead of "recvmsg ECONNREFUSED". */
export function networkFailure(error: unknown): TxtFailure {
  if (!(error instanceof Error)) return failure("error", String(error));
  const code = "code" in error ? error.code : undefined;
  return failure("error", networkReasons.get(code) ?? error.message);
}

/** The answer for a name that must not reach DNS, because no server could answer it. */
export function refusedName(name: string): TxtFailure {
  return failure("error", `${quoted(name)} is not a name that DNS can hold; no server was asked`);
}
