import { BlockList } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { coversAllAddresses } from "../../src/network/network-coverage.ts";

test.each<[boolean, readonly string[]]>([
  [true, ["0.0.0.0/0"]],
  [true, ["::/0"]],
  [true, ["10.0.0.0/8", "128.0.0.0/1", "0.0.0.0/1"]],
  [true, ["::/1", "8000::/1"]],
  [true, ["2000::/4", "3000::/4"]],
  [true, ["::ffff:0:0/96"]],
  [true, ["::ffff:128.0.0.0/97", "0.0.0.0/1"]],
  // All that is public: what is left out is private, multicast or reserved.
  [
    true,
    [
      "0.0.0.0/5",
      "8.0.0.0/7",
      "11.0.0.0/8",
      "12.0.0.0/6",
      "16.0.0.0/4",
      "32.0.0.0/3",
      "64.0.0.0/2",
      "128.0.0.0/2",
      "192.0.0.0/3",
    ],
  ],
  [false, []],
  [false, ["127.0.0.0/8", "::1"]],
  [false, ["0.0.0.0/1"]],
  [false, ["0.0.0.0/1", "128.0.0.0/2"]],
  [false, ["2000::/4", "3000::/5"]],
  [false, ["fe80::/10", "fd00::/8", "10.0.0.0/8", "192.168.0.0/16"]],
])("%s: %j", (covered, networks) => {
  expect(coversAllAddresses(networks)).toBe(covered);
  expect(coversAllAddresses(networks.toReversed())).toBe(covered);
});

test("networks that cover all addresses include any public one (property)", () => {
  const halves = (address: string, bits: number): readonly string[] =>
    bits === 4
      ? [`${address}/${bits}`]
      : [
          ...halves(address, bits + 1),
          ...halves(`${Number(address.split(".")[0]) + (128 >> bits)}.0.0.0`, bits + 1),
        ];
  const sixteenths = halves("0.0.0.0", 0);
  fc.assert(
    fc.property(
      fc.subarray([...sixteenths], { minLength: 14 }),
      fc.integer({ min: 1, max: 223 }).filter((octet) => octet !== 10 && octet !== 127),
      (networks, octet) => {
        const list = new BlockList();
        for (const it of networks) list.addSubnet(it.split("/")[0] ?? "", Number(it.split("/")[1]));
        fc.pre(coversAllAddresses(networks));
        expect(list.check(`${octet}.77.1.1`)).toBe(true);
      },
    ),
  );
});
