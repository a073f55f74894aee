import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientNetwork, Networks } from "../../src/clients/networks.ts";

describe("a set of networks", () => {
  const networks = new Networks(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "2001:db9::1"]);

  test.each([
    ["10.255.0.1", true],
    ["11.0.0.1", false],
    ["192.0.2.7", true],
    ["192.0.2.8", false],
    ["2001:db8:ffff::1", true],
    ["2001:db9::1", true],
    ["2001:db9::2", false],
    ["::ffff:10.1.2.3", true],
    ["::ffff:11.1.2.3", false],
    ["not an address", false],
  ])("includes %s: %s", (address, isIn) => {
    expect(networks.includes(address)).toBe(isIn);
  });

  test("is loopback by default", () => {
    const addresses = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "128.0.0.1", "::2"];
    expect(addresses.filter((address) => new Networks().includes(address))).toEqual(
      addresses.slice(0, 4),
    );
  });

  test("includes clients of a unix socket, which have no address, even if it is empty", () => {
    expect(new Networks([]).includes("")).toBe(true);
    expect(new Networks([]).includes("127.0.0.1")).toBe(false);
  });
});

describe("the network of a client", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "::ffff:192.0.2.7"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0DB8:0:0:ffff::2", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["1::2:3:4:5:192.0.2.7", "1:0:2:3::/64"],
    ["", ""],
    ["unknown", "unknown"],
  ])("of %s is %s", (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  test("is the /64 of any IPv6 address, however it is written", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        fc.pre(!address.startsWith("::ffff:"));
        expect(clientNetwork(address)).toBe(`${firstGroups(address).join(":")}::/64`);
      }),
    );
  });
});

/** The first 64 bits as a URL writes them, in its shortest form. */
function firstGroups(address: string): readonly string[] {
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail ?? ""].map((text) => text.split(":").filter(Boolean));
  const zeros = tail === undefined ? 0 : 8 - (before?.length ?? 0) - (after?.length ?? 0);
  return [...(before ?? []), ...Array.from({ length: zeros }, () => "0"), ...(after ?? [])].slice(
    0,
    4,
  );
}
