import { createSocket } from "node:dgram";
import { BlockList, isIP } from "node:net";
import { wireResolver, parseServerAddress } from "@mailseal/dns-record";
import { commandLine, fileStateOn, type Host, outputOf } from "../../host/host.ts";
import type { UnitFile } from "../../host/unit-files.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { dnsServers, resolvConf } from "../resolver/dns-servers.ts";
import { inOrder, relayDropIn, restartRelay } from "../shell.ts";

const timeoutMs = 3000;

/** Whether the DNS servers can be reached: from this machine, and from the unit of the relay. */
export const resolverCheck: Check = {
  id: "resolver",
  claim: "the DNS servers answer",
  limitMs: 30_000,
  async run(installation, report) {
    const { host } = installation;
    const { dns } = await installation.config();
    if (dns.zone !== undefined || dns.https !== undefined) return report.doesNotApply();
    const servers = dns.servers ?? (await dnsServers(host));
    const forbidden = await forbiddenServers(installation, servers);
    if (forbidden.length > 0) report.found(forbiddenFinding(forbidden));
    const question = await someName(installation);
    const answers = await Promise.all(servers.map((server) => answersAt(server, question)));
    if (answers.includes(true)) return;
    const addresses = servers.map((server) => parseServerAddress(server));
    const isIpv6Only = addresses.every(({ family }) => family === 6);
    if (isIpv6Only && !(await Promise.all(addresses.map(hasRoute))).includes(true)) {
      return report.found(await ipv6Finding(servers, question, installation));
    }
    report.unknown(`no DNS server answers (${servers.join(", ")})`, "later");
  },
};

/** A name that the servers are asked for anyway. */
async function someName({ keys }: Installation): Promise<string> {
  const [first] = await keys().catch(() => []);
  return first === undefined ? "example.com" : `${first.selector}._domainkey.${first.domain}`;
}

/** Whether a server answers anything at all. */
async function answersAt(server: string, name: string): Promise<boolean> {
  const { status } = await wireResolver({ servers: [server], timeoutMs, tries: 1 }).resolveTxt(
    name,
  );
  return (
    status === "found" || status === "nxdomain" || status === "nodata" || status === "servfail"
  );
}

/** Whether the machine knows a way to an address. Nothing is sent: connecting a UDP socket only looks up the route. */
function hasRoute({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp6");
    const end = (has: boolean): void => {
      socket.close();
      resolve(has);
    };
    socket.once("error", () => end(false));
    socket.once("connect", () => end(true));
    socket.connect(port, address);
  });
}

async function ipv6Finding(
  servers: readonly string[],
  question: string,
  { host, config, configFile }: Installation,
): Promise<Finding> {
  const found = await reachableServer(host, question);
  const isOwn = (await config()).dns.servers !== undefined;
  const named = isOwn ? `dns.servers of ${configFile}` : resolvConf;
  return {
    kind: "resolver-ipv6-only",
    what: `${named} has only ${servers.join(", ")}, and this machine has no IPv6`,
    ...(found === undefined
      ? {
          advice: `Name a server with an IPv4 address in ${named}: none was found on this network.`,
        }
      : { command: await addServer(found, servers, isOwn ? configFile : undefined, host) }),
  };
}

/** The first server of this machine or network that answers: a local one, or the router. */
async function reachableServer(host: Host, question: string): Promise<string | undefined> {
  const routes = outputOf(await host.run("ip", ["-4", "route", "show", "default"])) ?? "";
  const [, router] = /\bvia ([\d.]+)/.exec(routes) ?? [];
  for (const server of ["127.0.0.1", "127.0.0.53", ...(router === undefined ? [] : [router])]) {
    if (await answersAt(server, question)) return server;
  }
  return undefined;
}

async function addServer(
  server: string,
  servers: readonly string[],
  configFile: string | undefined,
  host: Host,
): Promise<string> {
  if (configFile !== undefined) {
    const [first = ""] = servers;
    return inOrder(
      [
        "sed",
        "-i",
        `/servers:/s/["']\\?${first.replaceAll(/[[\].]/g, "\\$&")}["']\\?/"${server}", &/`,
        configFile,
      ],
      restartRelay,
    );
  }
  const isManaged = (await fileStateOn(host, resolvConf))?.kind === "link";
  if (!isManaged) return commandLine(["sed", "-i", `1i nameserver ${server}`, resolvConf]);
  const directory = "/etc/systemd/resolved.conf.d";
  return inOrder(
    ["mkdir", "-p", directory],
    `printf '[Resolve]\\nDNS=${server}\\n' > ${directory}/mailseal.conf`,
    "systemctl restart systemd-resolved",
  );
}

/** The servers that IPAddressDeny= of the unit keeps from the relay; this process is not in that unit. */
async function forbiddenServers(
  { relay }: Installation,
  servers: readonly string[],
): Promise<readonly string[]> {
  const { unit } = await relay();
  if (unit === undefined || unit.words("IPAddressDeny").length === 0) return [];
  const [denied, allowed] = [networks(unit, "IPAddressDeny"), networks(unit, "IPAddressAllow")];
  return servers.filter((server) => {
    const { address, family } = parseServerAddress(server);
    const ip = family === 6 ? "ipv6" : "ipv4";
    // An address in both lists is allowed (systemd.resource-control(5)).
    return denied.check(address, ip) && !allowed.check(address, ip);
  });
}

const wordsOfSystemd: ReadonlyMap<string, readonly string[]> = new Map([
  ["any", ["0.0.0.0/0", "::/0"]],
  ["localhost", ["127.0.0.0/8", "::1/128"]],
  ["link-local", ["169.254.0.0/16", "fe80::/64"]],
  ["multicast", ["224.0.0.0/4", "ff00::/8"]],
]);

function networks(unit: UnitFile, option: string): BlockList {
  const list = new BlockList();
  for (const word of unit.words(option)) {
    for (const network of wordsOfSystemd.get(word) ?? [word]) {
      const [address = "", bits] = network.split("/");
      const family = isIP(address);
      if (family === 0) continue;
      list.addSubnet(
        address,
        Number(bits ?? (family === 6 ? 128 : 32)),
        family === 6 ? "ipv6" : "ipv4",
      );
    }
  }
  return list;
}

function forbiddenFinding(servers: readonly string[]): Finding {
  const addresses = servers.map((server) => parseServerAddress(server).address).join(" ");
  return {
    kind: "resolver-forbidden",
    what: `IPAddressDeny= of mailseal-relay.service covers the DNS server ${addresses}`,
    command: inOrder(...relayDropIn("dns-servers", [`IPAddressAllow=${addresses}`]), restartRelay),
  };
}
