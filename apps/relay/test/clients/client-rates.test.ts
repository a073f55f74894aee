import { expect, test } from "vitest";
import { ClientRates } from "../../src/clients/client-rates.ts";
import { clientNetwork } from "../../src/clients/networks.ts";

test("a minute begins with the first event, and the table is bounded", () => {
  let now = 0;
  const rates = new ClientRates(() => now, 100);
  expect(rates.allows("in", "192.0.2.1", "messages", 1)).toBe(true);
  expect(rates.allows("in", "192.0.2.1", "messages", 1)).toBe(false);
  expect(rates.allows("in", "192.0.2.1", "messages", 0)).toBe(true);
  expect(rates.allows("other", "192.0.2.1", "messages", 1)).toBe(true);
  now = 60_000;
  expect(rates.allows("in", "192.0.2.1", "messages", 1)).toBe(true);
  for (let host = 0; host < 1000; host++) {
    rates.allows("in", `198.51.${host >> 8}.${host & 255}`, "messages", 1);
  }
  expect(rates.size).toBeLessThanOrEqual(100);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8:0:0:ffff::2", "2001:db8:0:0::/64"],
  ["2001:0db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
])("%s counts as %s", (address, key) => {
  expect(clientNetwork(address)).toBe(key);
});
