import { isIPv4, isIPv6 } from "node:net";

/** An address or network of a host list. */
export interface NetworkEntry {
  readonly text: string;
  readonly isExcluded: boolean;
}

interface Block {
  readonly family: 4 | 6;
  readonly base: bigint;
  /** Length of the prefix. */
  readonly bits: number;
  /** The original text, if the block is complete. */
  readonly text: string | undefined;
}

/** True for an address, or a network in CIDR form. IPv6 addresses may be in brackets. */
export function isNetwork(text: string): boolean {
  return parse(text) !== undefined;
}

/**
 * Converts a list of addresses, networks and exclusions to a list without exclusions. If several entries contain an
 * address, the narrowest decides, and of two equal ones the exclusion.
 */
export function networksOf(entries: readonly NetworkEntry[]): string[] {
  const blocks = entries
    .flatMap(({ text, isExcluded }) => {
      const block = parse(text);
      return block === undefined ? [] : [{ block, isExcluded }];
    })
    .toSorted(
      (one, other) =>
        one.block.bits - other.block.bits || Number(one.isExcluded) - Number(other.isExcluded),
    );
  let set: Block[] = [];
  for (const { block, isExcluded } of blocks) {
    if (isExcluded) {
      set = set.flatMap((member) => minus(member, block));
    } else if (!set.some((member) => contains(member, block))) {
      set.push(block);
    }
  }
  return set.map(format);
}

function parse(entry: string): Block | undefined {
  const match = /^\[?([^\]/]+)\]?(?:\/(\d{1,3}))?$/.exec(entry);
  const address = match?.[1] ?? "";
  const family = isIPv4(address) ? 4 : isIPv6(address) && !address.includes("%") ? 6 : undefined;
  if (family === undefined) return undefined;
  const width = family === 4 ? 32 : 128;
  const bits = match?.[2] === undefined ? width : Number(match[2]);
  if (bits > width) return undefined;
  const value = family === 4 ? valueOf4(address) : valueOf6(address);
  const host = BigInt(width - bits);
  return {
    family,
    base: (value >> host) << host,
    bits,
    text: `${address}${match?.[2] === undefined ? "" : `/${bits}`}`,
  };
}

function valueOf4(address: string): bigint {
  return address.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function valueOf6(address: string): bigint {
  const plain = address.replace(/[\d.]+$/, (last) =>
    last.includes(".")
      ? [valueOf4(last) >> 16n, valueOf4(last) & 0xffffn].map((part) => part.toString(16)).join(":")
      : last,
  );
  const [head = "", tail] = plain.split("::");
  const front = groupsOf(head);
  const back = groupsOf(tail ?? "");
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => "0");
  return [...front, ...(tail === undefined ? [] : zeros), ...back].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

function contains(outer: Block, inner: Block): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  const host = BigInt((outer.family === 4 ? 32 : 128) - outer.bits);
  return outer.base >> host === inner.base >> host;
}

/** The remainder of a block after an exclusion: at most one piece for each bit of the prefix. */
function minus(block: Block, taken: Block): Block[] {
  if (contains(taken, block)) return [];
  if (!contains(block, taken)) return [block];
  const bits = block.bits + 1;
  const size = 1n << BigInt((block.family === 4 ? 32 : 128) - bits);
  const half = (base: bigint): Block => ({ family: block.family, base, bits, text: undefined });
  return [half(block.base), half(block.base + size)].flatMap((piece) => minus(piece, taken));
}

function format({ family, base, bits, text }: Block): string {
  if (text !== undefined) return text;
  const [groups, width, radix, mark] = family === 4 ? [4, 8, 10, "."] : [8, 16, 16, ":"];
  const parts = Array.from({ length: Number(groups) }, (_, index) =>
    (
      (base >> BigInt((Number(groups) - 1 - index) * Number(width))) &
      ((1n << BigInt(width)) - 1n)
    ).toString(Number(radix)),
  );
  return `${parts.join(String(mark))}/${bits}`;
}
