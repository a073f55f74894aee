import { isIPv4 } from "node:net";

/** Addresses from the first to the last, both included. IPv4 addresses are those of ::ffff:0:0/96. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** No mail from the Internet comes from these networks, so a list without them still lets everybody in. */
const neverPublic = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
];
const mapped = 0xffff_0000_0000n;
const unicast4: Span = { first: spanOf("1.0.0.0").first, last: spanOf("223.255.255.255").last };
const globalUnicast6 = spanOf("2000::/3");

/**
 * Whether networks together contain every public IPv4 address or every public IPv6 address: a network that ends with
 * /0 does, and so do 0.0.0.0/1 and 128.0.0.0/1. The schema must have accepted `networks`.
 *
 * ```ts
 * coversAllAddresses(["0.0.0.0/1", "128.0.0.0/1"]); // true
 * coversAllAddresses(["10.0.0.0/8"]); // false
 * ```
 */
export function coversAllAddresses(networks: readonly string[]): boolean {
  const spans = networks.map(spanOf);
  return covers([...spans, ...neverPublic.map(spanOf)], unicast4) || covers(spans, globalUnicast6);
}

function covers(spans: readonly Span[], { first, last }: Span): boolean {
  let next = first;
  for (const span of spans.toSorted((one, other) => (one.first < other.first ? -1 : 1))) {
    if (span.first > next) return false;
    if (span.last >= next) next = span.last + 1n;
    if (next > last) return true;
  }
  return false;
}

function spanOf(network: string): Span {
  const [address = "", prefix] = network.split("/");
  const width = isIPv4(address) ? 32 : 128;
  const size = 1n << BigInt(width - Number(prefix ?? width));
  const number = isIPv4(address) ? mapped + ipv4Number(address) : ipv6Number(address);
  const first = (number / size) * size;
  return { first, last: first + size - 1n };
}

function ipv4Number(address: string): bigint {
  return address.split(".").reduce((sum, octet) => (sum << 8n) + BigInt(octet), 0n);
}

function ipv6Number(address: string): bigint {
  // URLs have one form for every address: hexadecimal, with one "::" at most.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const gap = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...gap, ...after].reduce((sum, it) => (sum << 16n) + BigInt(`0x${it}`), 0n);
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
