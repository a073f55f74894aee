/**
 * DKIM key records (RFC 6376 3.6): read, write, check and look up.
 *
 * ```ts
 * import { keySource, nodeResolver } from "@mailseal/dns-record";
 *
 * const keys = keySource(nodeResolver()); // keep it: it caches parsed keys
 * const lookup = await keys.find("mail2026", "example.com");
 * if (lookup.status === "found") {
 *   for (const candidate of lookup.candidates) {
 *     console.log(candidate.ok ? candidate.publicKey?.bits : candidate.reason);
 *   }
 * }
 * ```
 *
 * `TxtResolver` is the seam: `nodeResolver`, `wireResolver`, `dohResolver`, `staticResolver`, or your own.
 * The answer of DNS is a value, never an exception. This package does not verify signatures or validate
 * DNSSEC: it reports what the server says.
 */
export type { Advice, AdviceCode, AdviceLevel, KeyRecordErrorCode } from "./lint/advice.ts";
export { type CachedResolver, cachedResolver } from "./resolver/cached-resolver.ts";
export { type DohResolverOptions, dohResolver } from "./resolver/doh-resolver.ts";
export { DnsRecordError, type DnsRecordErrorCode } from "./errors.ts";
export type { KeyCandidate } from "./record/key-candidate.ts";
export { type KeyRecord, type KeyRecordParse, parseKeyRecord } from "./record/key-record.ts";
export { formatKeyRecord, type KeyRecordOptions } from "./record/key-record-format.ts";
export {
  type CachedKeySource,
  type KeyLookup,
  type KeySource,
  keySource,
} from "./resolver/key-source.ts";
export {
  keyAllows,
  type KeyUse,
  type KeyRestrictionCode,
  type KeyRestrictionVerdict,
} from "./record/key-restrictions.ts";
/** @deprecated `KeyRestrictionCode` and `KeyRestrictionVerdict`: these names go with the next release. */
export type {
  KeyRestrictionCode as KeyUseCode,
  KeyRestrictionVerdict as KeyUseVerdict,
} from "./record/key-restrictions.ts";
export { lintKeyRecord, type PublishedRecord } from "./lint/lint.ts";
export { type NodeResolverOptions, nodeResolver } from "./resolver/node-resolver.ts";
export { keyRecordName } from "./record/record-name.ts";
export { parseServerAddress, type ServerAddress } from "./resolver/resolver-address.ts";
export { staticResolver } from "./resolver/static-resolver.ts";
export type { TtlOptions } from "./resolver/ttl.ts";
export type {
  TxtAbsent,
  TxtAnswer,
  TxtFailure,
  TxtFound,
  TxtResolver,
} from "./resolver/txt-resolver.ts";
export { type WireResolverOptions, wireResolver } from "./resolver/wire-resolver.ts";
export { type StaticAnswer, Zone, type ZoneProblem } from "./zone/zone.ts";
export { readZone } from "./zone/read-zone.ts";
export { parseZone } from "./zone/zone-file.ts";
export { zoneFromJson } from "./zone/zone-json.ts";
export { formatZoneLine, type ZoneLineOptions } from "./zone/zone-line.ts";
