import { ZoneNames } from "../zone/zone-names.ts";
import { ownerName, type StaticAnswer, Zone } from "../zone/zone.ts";
import { failure, MAX_CNAMES, type TxtAnswer, type TxtResolver } from "./txt-resolver.ts";

/**
 * Answers from a zone in memory; nothing reaches the network. Names are matched without case; one that
 * the zone does not have is NXDOMAIN, unless a wildcard stands for it (RFC 4592). A zone file that says
 * nowhere what its owners are relative to, as opendkim-genkey writes it, answers for every domain. CNAMEs
 * are followed, at most 8; a loop is SERVFAIL, as resolvers say it.
 */
export function staticResolver(zone: Zone | ReadonlyMap<string, StaticAnswer>): TxtResolver {
  // A map made by hand may have names in any case; one of a zone has not.
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
