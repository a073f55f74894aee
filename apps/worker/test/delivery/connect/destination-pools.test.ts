import { expect, test } from "vitest";
import { startSink } from "../../worker-under-test.ts";
import { poolsAt } from "./destinations-under-test.ts";

const [a, b] = [
  { kind: "mx", domain: "a.example" },
  { kind: "mx", domain: "b.example" },
] as const;

test("deliveries to a destination share its pool, others have their own", () => {
  const pools = poolsAt(25);
  const first = pools.use("mx a.example", a, 5);
  expect(pools.use("mx a.example", a, 5).pool).toBe(first.pool);
  expect(pools.use("mx b.example", b, 5).pool).not.toBe(first.pool);
});

test("a next hop has the connections that its config allows", async () => {
  const sink = await startSink();
  const nextHop = { host: "127.0.0.1", port: sink.port, connections: 1, connectTimeout: "100ms" };
  const pools = poolsAt(25, { bindings: { out: { nextHop } } });
  const { pool } = pools.use("next-hop out", { kind: "next-hop", binding: "out" }, 5);
  await pool.acquire();
  await expect(pool.acquire()).rejects.toMatchObject({ reply: { enhancedCode: "4.3.2" } });
  expect(sink.connections).toBe(1);
});

test("mail of a binding that has lost its next hop is deferred", () => {
  const pools = poolsAt(25);
  expect(() => pools.use("next-hop out", { kind: "next-hop", binding: "out" }, 5)).toThrow(
    "binding out has no next hop",
  );
});

test("after an abort all connections are cut, and no delivery gets a new one", async () => {
  const sink = await startSink();
  const pools = poolsAt(sink.port);
  const { pool } = pools.use("mx a.example", a, 5);
  const session = await pool.acquire();
  pools.abort();
  expect(session.isAlive).toBe(false);
  for (const route of [a, b]) {
    expect(() => pools.use(`mx ${route.domain}`, route, 5)).toThrow("the worker is stopping");
  }
  await expect(pool.acquire()).rejects.toThrow("the worker is stopping");
  expect(sink.connections).toBe(1);
});
