import { expect, test } from "vitest";
import { openNatsQueue } from "../../../src/nats.ts";
import { serverError, unreachable } from "../../../src/nats/connection/server-error.ts";

test("servers that cannot be reached are named, without the credentials in their addresses", async () => {
  const opening = openNatsQueue({ connection: { servers: "nats://joe:s3cret@127.0.0.1:1" } });
  await expect(opening).rejects.toMatchObject({
    code: "queue-unavailable",
    message: "cannot reach NATS JetStream at nats://127.0.0.1:1: connection refused",
  });
});

test.each([
  [undefined, "nats://127.0.0.1:4222"],
  ["10.0.0.1", "nats://10.0.0.1"],
  [["tls://a@b:p@one:4222", "two"], "tls://one:4222, nats://two"],
])("%j is shown as %s", (servers, shown) => {
  const { message } = unreachable(servers, new Error("connection refused"));
  expect(message).toBe(`cannot reach NATS JetStream at ${shown}: connection refused`);
});

test("a lack of storage is full, everything else is unavailable, and a QueueError stays as it is", () => {
  expect(serverError(new Error("insufficient resources")).code).toBe("queue-full");
  const timeout = serverError(new Error("timeout"));
  expect([timeout.code, timeout.message]).toEqual([
    "queue-unavailable",
    "NATS JetStream does not answer: timeout. The next call tries again",
  ]);
  expect(serverError(timeout)).toBe(timeout);
});
