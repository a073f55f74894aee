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
 * `TxtResolver` is the seam: `nodeResolver`, `wireResolver`, `dohResolver`, `staticResolver`, or your
 * own. What DNS says is an answer, never an exception. It verifies no signature and does not validate
 * DNSSEC: it reports what the server says.
 */
export type { Advice, AdviceCode, AdviceLevel, KeyRecordErrorCode } from "./advice.ts";
export { type CachedResolver, cachedResolver } from "./cached-resolver.ts";
export { type DohResolverOptions, dohResolver } from "./doh-resolver.ts";
export type { KeyCandidate } from "./key-candidate.ts";
export { type KeyRecord, type KeyRecordParse, parseKeyRecord } from "./key-record.ts";
export { formatKeyRecord, type KeyRecordOptions } from "./key-record-format.ts";
export { type CachedKeySource, type KeyLookup, type KeySource, keySource } from "./key-source.ts";
export { keyAllows, type KeyUse, type KeyUseCode, type KeyUseVerdict } from "./key-use.ts";
export { lintKeyRecord, type PublishedRecord } from "./lint.ts";
export { type NodeResolverOptions, nodeResolver } from "./node-resolver.ts";
export { keyRecordName } from "./record-name.ts";
export { parseServerAddress, type ServerAddress } from "./resolver-address.ts";
export { staticResolver } from "./static-resolver.ts";
export type { TtlOptions } from "./ttl.ts";
export type { TxtAbsent, TxtAnswer, TxtFailure, TxtFound, TxtResolver } from "./txt-resolver.ts";
export { type WireResolverOptions, wireResolver } from "./wire-resolver.ts";
export { type StaticAnswer, Zone, type ZoneProblem } from "./zone.ts";
export { parseZone } from "./zone-file.ts";
export { zoneFromJson } from "./zone-json.ts";
export { formatZoneLine, type ZoneLineOptions } from "./zone-line.ts";
