import { expect, test } from "vitest";
import { dnsServers } from "../../../src/doctor/resolver/dns-servers.ts";
import { fakeRoot } from "../../host/fake-root.ts";

test.each([
  ["nameserver 192.0.2.53\n# nameserver 192.0.2.1\noptions edns0\n", ["192.0.2.53"]],
  ["nameserver fe80::1%eth0\nnameserver 2001:db8::53 # ours\n", ["fe80::1", "2001:db8::53"]],
  [
    "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
    ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
  ],
  ["search example.com\n", ["127.0.0.1"]],
  ["nameserver no-address\n", ["127.0.0.1"]],
])("%j names %j", async (text, servers) => {
  const { host, write } = fakeRoot();
  write("/etc/resolv.conf", text);
  expect(await dnsServers(host)).toEqual(servers);
});
