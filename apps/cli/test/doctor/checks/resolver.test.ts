import { startDnsServer } from "@mailseal/testkit/dns-server";
import { expect, onTestFinished, test } from "vitest";
import { resolverCheck } from "../../../src/doctor/checks/resolver.ts";
import { examined } from "../support/examined.ts";
import { postfixRoot } from "../support/postfix-root.ts";

/** Reserved for documentation, so that no machine has a route to it but the default one. */
const unrouted = "2001:db8::53";

async function serverAddress(): Promise<string> {
  const server = await startDnsServer({});
  onTestFinished(() => server.close());
  return server.address;
}

test("a server that answers is well, even if another one does not", async () => {
  const { installation } = postfixRoot({
    config: `dns: { servers: ["${await serverAddress()}"] }\n`,
  });
  expect(await examined(resolverCheck, installation)).toMatchObject({ kinds: [], unknown: [] });
});

test("a unit that forbids the server gets an exception", async () => {
  const address = await serverAddress();
  const unit = ["IPAddressDeny=any", "IPAddressAllow=192.0.2.0/24"];
  const { installation } = postfixRoot({ config: `dns: { servers: ["${address}"] }\n`, unit });
  const { findings } = await examined(resolverCheck, installation);
  expect(findings).toMatchObject([{ kind: "resolver-forbidden" }]);
  expect(findings[0]?.command).toContain("IPAddressAllow=127.0.0.1");
  const allowed = postfixRoot({
    config: `dns: { servers: ["${address}"] }\n`,
    unit: ["IPAddressDeny=any", "IPAddressAllow=localhost"],
  });
  expect((await examined(resolverCheck, allowed.installation)).kinds).toEqual([]);
});

test("DNS over HTTPS needs no server", async () => {
  const { installation, write } = postfixRoot({
    config: "dns: { https: https://dns.example/q }\n",
  });
  write("/etc/resolv.conf", `nameserver ${unrouted}\n`);
  expect(await examined(resolverCheck, installation)).toMatchObject({ kinds: [], applies: false });
});
