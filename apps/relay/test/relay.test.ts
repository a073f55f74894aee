import { configSchema } from "@mailseal/config";
import { createLog, policyOf, type Policy } from "@mailseal/service";
import { expectCollected } from "@mailseal/testkit/garbage";
import { test } from "vitest";
import { Relay } from "../src/relay.ts";
import { RawClient } from "./support/raw-client.ts";
import { afterThisTest } from "./support/relay-under-test.ts";

function opened(): Promise<Policy> {
  const listen = "127.0.0.1:0";
  const config = configSchema.parse({
    hostname: "relay.test",
    signing: { sign: false },
    // Each config has an object of its own. Nobody listens at this address.
    bindings: { out: { nextHop: { host: "127.0.0.1", port: 1, tls: "never" } } },
    defaultBinding: "out",
    listeners: [
      { protocol: "smtp", listen, direction: "outbound" },
      { protocol: "smtp", listen, direction: "inbound", name: "in" },
      { protocol: "milter", listen },
    ],
  });
  return policyOf(config, () => undefined);
}

test("a replaced config is released by the listeners and by connections that stay open", async () => {
  const log = createLog({ level: "silent", format: "json" }, { write: () => undefined });
  const relay = await Relay.start(await opened(), { log });
  afterThisTest(() => relay.stop(0));
  const [address] = relay.addresses;
  const port = address !== undefined && "port" in address ? address.port : 0;
  const client = await RawClient.greeted(port);
  const replaced: WeakRef<object>[] = [];
  for (let count = 0; count < 10; count++) {
    const policy = await opened();
    replaced.push(new WeakRef(policy.config), new WeakRef(policy.pipeline));
    await relay.reload(policy);
    await client.ask("NOOP");
  }
  // The last config is in force.
  const old = replaced.slice(0, -2);
  await expectCollected(old);
});
