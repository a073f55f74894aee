import { describe, expect, onTestFinished, test } from "vitest";
import { TransientDeliveryError } from "../../src/errors.ts";
import { NextHopPool } from "../../src/next-hop/next-hop-pool.ts";
import { poolFor, startSink } from "../support/next-hop.ts";

const inUse = { reply: { code: 451, enhancedCode: "4.3.2" } };

describe("sessions", () => {
  test("are used again, and no more are opened than allowed", async () => {
    const sink = await startSink();
    const pool = poolFor(sink, { connections: 1 });
    const first = await pool.acquire();
    const second = pool.acquire();
    expect(pool.connections).toBe(1);
    pool.release(first, "clean");
    expect(await second).toBe(first);
    expect(sink.connections).toBe(1);
  });

  test("with an open transaction are reset before another transaction has them", async () => {
    const sink = await startSink();
    const pool = poolFor(sink, { connections: 1 });
    const first = await pool.acquire();
    await first.exchange(["MAIL FROM:<joe@example.com>", "RCPT TO:<ann@example.net>"]);
    pool.release(first, "transaction-open");
    const again = await pool.acquire();
    expect(again).toBe(first);
    // Without the reset, the sink would still have the recipient and reply 354.
    expect(await again.exchange(["DATA"])).toMatchObject([{ code: 503 }]);
  });

  test("end after as many transactions as allowed", async () => {
    const sink = await startSink();
    const pool = poolFor(sink, { connections: 1, messagesPerConnection: 2 });
    const first = await pool.acquire();
    first.transactions = 2;
    pool.release(first, "clean");
    expect(first.isAlive).toBe(false);
    expect(await pool.acquire()).not.toBe(first);
  });

  test("that the next hop has closed are not lent", async () => {
    const sink = await startSink();
    const pool = poolFor(sink);
    const first = await pool.acquire();
    pool.release(first, "clean");
    first.destroy("closed");
    expect(await pool.acquire()).not.toBe(first);
  });

  test("are new if the caller asks for a fresh one, even if all are idle", async () => {
    const sink = await startSink();
    const pool = poolFor(sink, { connections: 1 });
    const first = await pool.acquire();
    pool.release(first, "clean");
    const fresh = await pool.acquireFresh();
    expect([fresh === first, first.isAlive, pool.connections]).toEqual([false, false, 1]);
  });
});

describe("a transaction that waits", () => {
  test("is deferred if no session is free in time", async () => {
    const pool = poolFor(await startSink(), { connections: 1, waitMs: 20 });
    await pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject(inUse);
  });

  test("is deferred at once if too many wait already", async () => {
    const pool = poolFor(await startSink(), { connections: 1 });
    const session = await pool.acquire();
    const waiting = Array.from({ length: 50 }, () => pool.acquire());
    await expect(pool.acquire()).rejects.toMatchObject(inUse);
    for (const next of waiting) {
      pool.release(session, "clean");
      expect(await next).toBe(session);
    }
  });

  test("gets the session of a transaction whose client is slow", async () => {
    const pool = poolFor(await startSink(), { connections: 1 });
    const parked = await pool.acquire();
    let revoked = 0;
    pool.park(parked, () => revoked++);
    expect(await pool.acquire()).toBe(parked);
    expect(revoked).toBe(1);
  });

  test("does not get a session that its transaction has unparked", async () => {
    const pool = poolFor(await startSink(), { connections: 1, waitMs: 20 });
    const session = await pool.acquire();
    let revoked = 0;
    pool.park(session, () => revoked++);
    pool.unpark(session);
    await expect(pool.acquire()).rejects.toMatchObject(inUse);
    expect(revoked).toBe(0);
  });

  test("opens a connection itself if that of another fails, and gets its error", async () => {
    const failures = [
      new TransientDeliveryError("4.4.1", "one"),
      new TransientDeliveryError("4.4.1", "two"),
    ];
    let fail: (error: unknown) => void = () => undefined;
    const pool = new NextHopPool(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
      { connections: 1, messagesPerConnection: 1, waitMs: 10_000, idleMs: 60_000 },
    );
    onTestFinished(() => pool.close());
    const [first, second] = [pool.acquire(), pool.acquire()];
    fail(failures[0]);
    await expect(first).rejects.toBe(failures[0]);
    await expect.poll(() => pool.connections).toBe(1);
    fail(failures[1]);
    await expect(second).rejects.toBe(failures[1]);
    expect(pool.connections).toBe(0);
  });
});

test("a closed pool ends idle sessions at once, and the others when they are released", async () => {
  const pool = poolFor(await startSink());
  const [idle, lent] = [await pool.acquire(), await pool.acquire()];
  pool.release(idle, "clean");
  pool.close();
  expect([idle.isAlive, lent.isAlive]).toEqual([false, true]);
  pool.release(lent, "clean");
  expect([lent.isAlive, pool.connections]).toEqual([false, 0]);
});

test("an aborted pool cuts its sessions, rejects all who wait, and opens no more connections", async () => {
  const sink = await startSink();
  const pool = poolFor(sink, { connections: 1 });
  const session = await pool.acquire();
  const waiting = [pool.acquire(), pool.acquire()];
  pool.abort("the worker is stopping");
  expect(session.isAlive).toBe(false);
  const reply = { code: 451, enhancedCode: "4.3.2", text: "the worker is stopping" };
  const ended = await Promise.allSettled([...waiting, pool.acquire(), pool.acquireFresh()]);
  expect(ended).toMatchObject(ended.map(() => ({ status: "rejected", reason: { reply } })));
  expect(sink.connections).toBe(1);
});
