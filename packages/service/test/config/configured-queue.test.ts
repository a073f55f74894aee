import { configSchema } from "@mailseal/config";
import { expect, test } from "vitest";
import { natsConnection, openConfiguredQueue, type QueueConfig } from "../../src/index.ts";

function nats(options: Record<string, unknown>): NonNullable<QueueConfig["nats"]> {
  const config = configSchema.parse({ queue: { nats: options } });
  if (config.queue?.nats === undefined) throw new Error("expected queue.nats");
  return config.queue.nats;
}

test.each([
  [
    { servers: ["nats://joe:p%40ss:w@h:4222", "tls://[::1]:4222"] },
    { servers: ["nats://h:4222", "tls://[::1]:4222"], user: "joe", pass: "p@ss:w" },
  ],
  [
    { servers: ["nats://joe:p@ss/w?@h:4222"] },
    { servers: ["nats://h:4222"], user: "joe", pass: "p@ss/w?" },
  ],
  [{ servers: ["nats://t0ken@h"] }, { servers: ["nats://h"], token: "t0ken" }],
  [{ servers: ["joe:x%zz@h:1"] }, { servers: ["h:1"], user: "joe", pass: "x%zz" }],
  [
    { servers: ["nats://joe:old@h"], user: "ann", password: "new" },
    { servers: ["nats://h"], user: "ann", pass: "new" },
  ],
  [
    { servers: ["nats://h:4222"], token: "t" },
    { servers: ["nats://h:4222"], token: "t" },
  ],
])("%j: credentials are passed to NATS apart from the servers", (options, expected) => {
  expect(natsConnection(nats(options))).toEqual(expected);
});

test.each([
  "nats://joe:s3cret@127.0.0.1:1",
  "nats://joe:p@s3cret@127.0.0.1:1",
  "nats://joe:s3cret/w@127.0.0.1:1",
])("an error about servers that do not answer hides the password: %s", async (server) => {
  const servers = [server];
  const opened = openConfiguredQueue(
    configSchema.parse({ queue: { nats: { servers } } }).queue,
    "serve",
  );
  const error: unknown = await opened.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).not.toContain("s3cret");
});
