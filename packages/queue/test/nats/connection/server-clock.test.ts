import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { ServerClock } from "../../../src/nats/connection/server-clock.ts";

/** This machine and a server, whose clocks differ. */
class Machines {
  elapsedMs = 1000;
  wallMs = 1_000_000;
  serverMs = 2_000_000;
  deleted = 0;

  start(): Promise<ServerClock> {
    const manager: unknown = {
      consumers: {
        add: async () => {
          this.pass(10);
          const created = new Date(this.serverMs).toISOString();
          this.pass(10);
          return { name: "probe", created };
        },
        delete: async () => (this.deleted += 1),
      },
    };
    return ServerClock.start(manager as JetStreamManager, "q-dead", {
      clock: () => this.wallMs,
      elapsedMs: () => this.elapsedMs,
    });
  }

  pass(ms: number): void {
    this.elapsedMs += ms;
    this.wallMs += ms;
    this.serverMs += ms;
  }
}

test("it shows the server's time, and removes the consumer by which it read it", async () => {
  const machines = new Machines();
  const clock = await machines.start();
  expect(clock.now()).toBe(machines.serverMs);
  machines.pass(5000);
  expect(clock.now()).toBe(machines.serverMs);
  expect(clock.ahead()).toBe(-1_000_000);
  expect(machines.deleted).toBe(1);
});

test("setting either wall clock does not move it", async () => {
  const machines = new Machines();
  const clock = await machines.start();
  const before = clock.now();
  machines.wallMs += 3_600_000;
  machines.serverMs += 3_600_000;
  await clock.follow();
  expect(clock.now()).toBe(before + 20);
  expect(clock.ahead()).toBe(2_600_000);
});

test("it follows the drift of the server's clock", async () => {
  const machines = new Machines();
  const clock = await machines.start();
  machines.serverMs += 300;
  await clock.follow();
  expect(clock.now()).toBe(machines.serverMs);
});
