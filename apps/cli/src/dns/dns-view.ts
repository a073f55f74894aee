import { getServers } from "node:dns";
import type { Config } from "@mailseal/config";
import {
  nodeResolver,
  parseServerAddress,
  type TxtResolver,
  wireResolver,
} from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import { resolverOf } from "@mailseal/service/config";
import { type FindZoneServers, zoneServerFinder } from "./name-servers.ts";

/** How to look at the keys of a config: through its resolver, as the relay does, and at the servers of each zone. */
export interface DnsView {
  readonly resolver: TxtResolver;
  readonly findZoneServers: FindZoneServers;
}

const timeoutMs = 5000;

const noServers: FindZoneServers = () => Promise.resolve(undefined);

/**
 * The resolver of a config. That of the system is asked directly, because only so it reports for how long it will repeat an
 * answer.
 */
export async function dnsViewOf(dns: Config["dns"]): Promise<DnsView> {
  const { servers, zone, https } = dns;
  if (zone !== undefined) {
    // Somebody may change the file while we look.
    const resolver: TxtResolver = {
      resolveTxt: async (name) => (await resolverOf(dns)).resolveTxt(name),
    };
    return { resolver, findZoneServers: noServers };
  }
  // Behind HTTPS the network may allow no other DNS.
  if (https !== undefined) return { resolver: await resolverOf(dns), findZoneServers: noServers };
  const asked = servers ?? getServers();
  return {
    resolver: asked.every(isServerAddress)
      ? wireResolver({ servers: asked, timeoutMs })
      : nodeResolver({ timeoutMs }),
    findZoneServers: zoneServerFinder(servers),
  };
}

/** A link-local server with a zone index, such as fe80::1%eth0, is none for our resolver. */
function isServerAddress(address: string): boolean {
  try {
    parseServerAddress(address);
    return true;
  } catch (error) {
    if (error instanceof MailsealError) return false;
    throw error;
  }
}
