import { type ConfigInput, configSchema } from "@mailseal/config";
import { onTestFinished } from "vitest";
import { DestinationPools } from "../../../src/delivery/connect/destination-pools.ts";

/** Pools that find the MX of every domain at a port of this machine. */
export function poolsAt(port: number, config: Partial<ConfigInput> = {}): DestinationPools {
  const pools = new DestinationPools({
    config: configSchema.parse({ worker: { port, connectTimeout: "2s" }, ...config }),
    hostname: "us.test",
    resolver: {
      mx: async () => [{ preference: 10, host: "mx.test" }],
      addresses: async () => ["127.0.0.1"],
      text: async () => "absent",
    },
    enforcedHosts: async () => undefined,
    random: () => 0.5,
  });
  onTestFinished(() => pools.abort());
  return pools;
}
