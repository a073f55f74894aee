import { argumentCheck } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import { ZoneNames } from "../zone/zone-names.ts";
import { ownerName, type StaticAnswer, Zone } from "../zone/zone.ts";
import { failure, MAX_CNAMES, type TxtAnswer, type TxtResolver } from "./txt-resolver.ts";

const checkZone = argumentCheck(
  "zone",
  {
    expected: "a Zone or a Map of answers",
    accepts: (it) => it instanceof Zone || it instanceof Map,
  },
  invalidOption,
);

/**
 * Answers from a zone in memory, without the network. Names are matched without case. A name that the zone
 * does not have is NXDOMAIN, unless a wildcard covers it (RFC 4592). A zone file without an origin, as
 * opendkim-genkey writes it, answers for every domain. At most 8 CNAMEs are followed; a loop is SERVFAIL, as
 * in real resolvers.
 *
 * ```ts
 * const resolver = staticResolver(
 *   zoneFromJson({ "mail._domainkey.example.com": ["v=DKIM1; p="] }),
 * );
 * ```
 *
 * @throws DnsRecordError "invalid-option" for anything but a zone.
 */
export function staticResolver(zone: Zone | ReadonlyMap<string, StaticAnswer>): TxtResolver {
  checkZone(zone);
  // A map made by hand may have names in any case; the map of a `Zone` is in lower case.
  const read =
    zone instanceof Zone
      ? zone
      : new Zone(new Map(Array.from(zone, ([name, answer]) => [ownerName(name), answer])));
  const names = new ZoneNames(read);
  return { resolveTxt: (name) => Promise.resolve(answerFrom(names, ownerName(name))) };
}

function answerFrom(names: ZoneNames, asked: string): TxtAnswer {
  let name = asked;
  for (let followed = 0; followed <= MAX_CNAMES; followed++) {
    const answer = names.find(name);
    if (answer === undefined) return { status: "nxdomain" };
    if ("cname" in answer) {
      name = ownerName(answer.cname);
    } else if ("error" in answer) {
      return toOutcome(answer.error, name);
    } else if (answer.length === 0) {
      return { status: "nodata" };
    } else {
      return {
        status: "found",
        records: answer,
        ...(followed === 0 ? {} : { canonicalName: name }),
      };
    }
  }
  return failure("servfail", `more than ${MAX_CNAMES} CNAMEs, or a loop of them`);
}

function toOutcome(error: "servfail" | "timeout" | "nxdomain", name: string): TxtAnswer {
  return error === "nxdomain"
    ? { status: "nxdomain" }
    : failure(error, `the zone says ${error} for ${name}`);
}
