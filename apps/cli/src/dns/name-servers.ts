import { Resolver } from "node:dns/promises";
import { type TxtResolver, wireResolver } from "@mailseal/dns-record";

/** The name servers of a zone, asked directly: their answer is not from a cache. */
interface ZoneServers {
  readonly zone: string;
  readonly resolver: TxtResolver;
}

/** Finds the servers of the zone that holds a domain; undefined if that is unknown. */
export type FindZoneServers = (domain: string) => Promise<ZoneServers | undefined>;

const timeoutMs = 3000;
/** One of them suffices; more are for the case that it does not answer. */
const mostServers = 3;

/** `servers`: recursive resolvers, such as those of the system. */
export function zoneServerFinder(servers?: readonly string[]): FindZoneServers {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  return async (domain) => {
    const labels = domain.split(".");
    // The zone may begin at any label above the domain, but no zone of ours begins at the last one.
    for (let from = 0; from < labels.length - 1; from++) {
      const zone = labels.slice(from).join(".");
      const names = await resolver.resolveNs(zone).catch(() => []);
      const addresses = await addressesOf(resolver, names.slice(0, mostServers));
      if (addresses.length > 0) {
        return { zone, resolver: wireResolver({ servers: addresses, timeoutMs, tries: 1 }) };
      }
    }
    return undefined;
  };
}

async function addressesOf(
  resolver: Resolver,
  names: readonly string[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const addresses = await resolver.resolve4(name).catch(() => []);
      return addresses.length > 0 ? addresses : resolver.resolve6(name).catch(() => []);
    }),
  );
  // "::1" without brackets is no address with a port.
  return found.flat().map((address) => (address.includes(":") ? `[${address}]` : address));
}
