import { BlockList } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isNetwork, type NetworkEntry, networksOf } from "../../src/import/network-set.ts";

function setOf(...texts: readonly string[]): string[] {
  return networksOf(
    texts.map((text) => ({ text: text.replace("!", ""), isExcluded: text.startsWith("!") })),
  );
}

test.each([
  ["192.0.2.1", true],
  ["192.0.2.0/24", true],
  ["192.0.2.0/33", false],
  ["2001:db8::1", true],
  ["[2001:db8::]/32", true],
  ["2001:db8::/129", false],
  ["fe80::1%eth0", false],
  ["mail.example.com", false],
  ["", false],
])("%j is a network: %s", (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});

test.each([
  [["10.0.0.0/8", "10.1.0.0/16"], ["10.0.0.0/8"]],
  [
    ["10.0.0.0/30", "!10.0.0.1"],
    ["10.0.0.0/32", "10.0.0.2/31"],
  ],
  [["10.0.0.1", "!10.0.0.0/8"], ["10.0.0.1"]],
  [["10.0.0.1", "!10.0.0.1"], []],
  [["2001:db8::/127", "!2001:db8::1"], ["2001:db8:0:0:0:0:0:0/128"]],
  [["::ffff:192.0.2.1"], ["::ffff:192.0.2.1"]],
])("%j becomes %j", (entries, expected) => {
  expect(setOf(...entries)).toEqual(expected);
});

test("the narrowest entry that contains an address decides (property)", () => {
  const entry = fc.record({
    // A small part of the address space, so that entries overlap.
    text: fc
      .tuple(fc.nat(15), fc.integer({ min: 28, max: 32 }))
      .map(([last, bits]) => `10.0.0.${last}/${bits}`),
    isExcluded: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), (entries: readonly NetworkEntry[]) => {
      const allowed = listOf(networksOf(entries));
      for (let last = 0; last < 16; last++) {
        const address = `10.0.0.${last}`;
        const [narrowest] = entries
          .filter(({ text }) => listOf([text]).check(address))
          .toSorted(
            (one, other) =>
              bitsOf(other.text) - bitsOf(one.text) ||
              Number(other.isExcluded) - Number(one.isExcluded),
          );
        expect(allowed.check(address)).toBe(narrowest !== undefined && !narrowest.isExcluded);
      }
    }),
  );
});

function bitsOf(text: string): number {
  return Number(text.split("/")[1]);
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits = "32"] = network.split("/");
    list.addSubnet(address, Number(bits), "ipv4");
  }
  return list;
}
