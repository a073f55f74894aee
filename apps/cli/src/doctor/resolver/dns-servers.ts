import { isIP } from "node:net";
import { type Host, readTextOn } from "../../host/host.ts";

/** Where resolv.conf(5) names the DNS servers of a machine. */
export const resolvConf = "/etc/resolv.conf";

/** The DNS servers of a host; the local one if resolv.conf names none, as the C library does. */
export async function dnsServers(host: Host): Promise<readonly string[]> {
  const text = (await readTextOn(host, resolvConf)) ?? "";
  const servers = Array.from(text.matchAll(/^[ \t]*nameserver[ \t]+([^\s#;]+)/gm), ([, it = ""]) =>
    // An interface, as in fe80::1%eth0, makes no other server of it.
    it.replace(/%.*$/, ""),
  ).filter((it) => isIP(it) !== 0);
  // The C library uses no more than three.
  return servers.length === 0 ? ["127.0.0.1"] : servers.slice(0, 3);
}
