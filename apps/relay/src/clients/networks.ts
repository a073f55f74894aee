import { BlockList, isIPv6 } from "node:net";

const loopback = ["127.0.0.0/8", "::1"];

/** A set of addresses and networks in CIDR form. Default: loopback. */
export class Networks {
  readonly #list = new BlockList();

  constructor(networks: readonly string[] = loopback) {
    for (const network of networks) {
      const [address = "", bits] = network.split("/");
      const family = familyOf(address);
      if (bits === undefined) {
        this.#list.addAddress(address, family);
      } else {
        this.#list.addSubnet(address, Number(bits), family);
      }
    }
  }

  /** Always true for clients of a unix socket, which have no address: the mode of the file controls access. */
  includes(address: string): boolean {
    return address === "" || this.#list.check(address, familyOf(address));
  }
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/**
 * The network that one client is counted as: its IPv4 address, or the /64 of its IPv6 address, all of which
 * one host may use.
 */
export function clientNetwork(address: string): string {
  if (!isIPv6(address) || address.startsWith("::ffff:")) return address;
  const [bare = ""] = address.split("%");
  const [head = "", tail] = bare.split("::");
  const before = groups(head);
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - groups(tail).length);
  const network = [...before, ...Array.from({ length: missing }, () => "0"), ...groups(tail ?? "")];
  return `${network
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

/** An IPv4 address at the end stands for two groups, which no network has. */
function groups(text: string): string[] {
  return text === ""
    ? []
    : text.split(":").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
}
