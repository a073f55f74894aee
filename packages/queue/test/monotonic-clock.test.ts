import { expect, test } from "vitest";
import { MonotonicClock, stepMs } from "../src/monotonic-clock.ts";

class Machine {
  wallMs = 1_000_000;
  elapsedMs = 500.4;

  clock(): MonotonicClock {
    return new MonotonicClock(
      () => this.wallMs,
      () => this.elapsedMs,
    );
  }
}

test("it starts with the time of the wall clock and follows the monotonic clock", () => {
  const machine = new Machine();
  const clock = machine.clock();
  expect(clock.now()).toBe(1_000_000);
  machine.elapsedMs += 2000;
  expect(clock.now()).toBe(1_002_000);
});

test("a step of the wall clock moves ahead() and not now()", () => {
  const machine = new Machine();
  const clock = machine.clock();
  for (const aheadMs of [3_600_000, -3_600_000]) {
    machine.wallMs = 1_000_000 + aheadMs;
    expect([clock.now(), clock.ahead()]).toEqual([1_000_000, aheadMs]);
  }
});

test("a smaller difference is drift, which does not move ahead()", () => {
  const machine = new Machine();
  const clock = machine.clock();
  machine.wallMs += stepMs - 1;
  expect(clock.ahead()).toBe(0);
  machine.wallMs += 1;
  expect(clock.ahead()).toBe(stepMs);
});

test("all times are whole numbers, whatever the clocks return", () => {
  const machine = new Machine();
  const clock = machine.clock();
  machine.elapsedMs += 0.37;
  machine.wallMs += 5000.73;
  expect([clock.now(), clock.ahead()].every(Number.isInteger)).toBe(true);
});

test("startAt sets the time that it shows when the monotonic clock shows 0", () => {
  const machine = new Machine();
  const clock = machine.clock();
  clock.startAt(2_000_000, 7000);
  machine.elapsedMs = 300;
  machine.wallMs = clock.now() + 7100;
  expect([clock.now(), clock.startMs, clock.ahead()]).toEqual([2_000_300, 2_000_000, 7000]);
});
