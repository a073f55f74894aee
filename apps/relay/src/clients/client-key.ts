import { isIPv6 } from "node:net";

/**
 * What a client's limits are kept under: its IPv4 address, or the /64 of its IPv6 address, all of which
 * one host may use.
 */
export function clientKey(address: string): string {
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

function groups(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
