import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { checkNatsOptions } from "../../../src/nats/options.ts";
import { Layout } from "../../../src/nats/storage/layout.ts";
import { ensureStreams, redeliveryMs } from "../../../src/nats/storage/streams.ts";

/** The configs of the streams on a server, by name. */
function streamsOf(existing: Readonly<Record<string, object>> = {}) {
  const configs = new Map<string, object>(Object.entries(existing));
  const manager: unknown = {
    streams: {
      info: async (name: string) => {
        const config = configs.get(name);
        if (config === undefined) throw new Error("stream not found");
        return { config };
      },
      add: async (config: { readonly name: string }) => void configs.set(config.name, config),
    },
  };
  const ensure = (options: object = {}): Promise<void> =>
    ensureStreams(
      manager as JetStreamManager,
      new Layout("q", 8),
      checkNatsOptions({ connection: {}, name: "q", ...options }),
    );
  return { configs, ensure };
}

test("creates the missing streams, all on disk and with the replicas of the options", async () => {
  const { configs, ensure } = streamsOf();
  await ensure({ replicas: 3, maxBytes: 5000 });
  expect([...configs.keys()].toSorted()).toEqual(
    ["q", "q-dead", "q-ended", "q-held", "q-reserve", "q-shared"].toSorted(),
  );
  for (const config of configs.values()) {
    expect(config).toMatchObject({ storage: "file", num_replicas: 3 });
  }
  expect(configs.get("q")).toMatchObject({ retention: "workqueue", max_bytes: 5000 });
  // Settled messages must be recorded even if the queue is full.
  expect(configs.get("q-shared")).not.toHaveProperty("max_bytes");
});

test("uses existing streams of the same options, and refuses others", async () => {
  const { configs, ensure } = streamsOf();
  await ensure();
  const before = [...configs.values()];
  await ensure({ maxBytes: 7000 });
  expect([...configs.values()]).toEqual(before);
  await expect(ensure({ shards: 9 })).rejects.toMatchObject({
    code: "bad-option",
    message: expect.stringContaining("shards and leaseMs cannot change"),
  });
});

test("refuses a stream of another program", async () => {
  const { ensure } = streamsOf({ q: { description: "orders" } });
  await expect(ensure()).rejects.toMatchObject({ code: "bad-option" });
});

test.each([
  [1, 1001],
  [20_000, 22_000],
  [600_000, 605_000],
])("a lease of %i ms is delivered again after %i ms", (leaseMs, expected) => {
  expect(redeliveryMs(leaseMs)).toBe(expected);
});
