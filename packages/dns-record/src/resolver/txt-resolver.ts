import { quoted } from "@mailseal/syntax";

/**
 * What DNS says of the TXT records at a name. The outcomes are kept apart because a verifier must: a name
 * that does not exist is a permanent answer, a server that fails is not (RFC 6376 6.1.2).
 */
export type TxtAnswer = TxtFound | TxtAbsent | TxtFailure;

export interface TxtFound {
  readonly status: "found";
  /** Each TXT record's strings joined with nothing between them; latin1, one character an octet. */
  readonly records: readonly string[];
  /** How long the answer may be kept, where the resolver can tell. */
  readonly ttlSeconds?: number;
  /** Whether the server vouches for it by DNSSEC (the AD bit), where the resolver can tell. */
  readonly authenticated?: boolean;
  /** Where the records are, if CNAMEs lead there. */
  readonly canonicalName?: string;
}

export interface TxtAbsent {
  /** There is no such name; there is, but without TXT records. */
  readonly status: "nxdomain" | "nodata";
  readonly ttlSeconds?: number;
  readonly authenticated?: boolean;
}

export interface TxtFailure {
  /** "error": anything but SERVFAIL and silence, a refusal or a malformed response for example. */
  readonly status: "servfail" | "timeout" | "error";
  /** For a person. */
  readonly reason: string;
}

/** Looks TXT records up. Never rejects for what DNS says or fails to say. */
export interface TxtResolver {
  resolveTxt(name: string): Promise<TxtAnswer>;
}

/** CNAMEs followed at most, one after the other. */
export const MAX_CNAMES = 8;

export function failure(status: TxtFailure["status"], reason: string): TxtFailure {
  return { status, reason };
}

/** For a name that must not reach DNS: no server would have an answer to it. */
export function refusedName(name: string): TxtFailure {
  return failure("error", `${quoted(name)} is not a name that DNS can hold; nobody was asked`);
}
