import type { Consumer } from "@nats-io/jetstream";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Intake } from "../../../src/nats/claim/intake.ts";
import type { SeenMessages } from "../../../src/nats/claim/seen-messages.ts";
import { arrivalOf, type FakeArrival } from "./arrivals.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function newIntake(arrivals: readonly FakeArrival[], shards = 1) {
  const pulled: number[] = [];
  const saw: number[] = [];
  const waiting = arrivals.map(({ message }) => message);
  const consumer: unknown = {
    fetch: async ({ max_messages: count }: { max_messages: number }) => {
      pulled.push(count);
      return waiting.splice(0, count);
    },
  };
  const seen: unknown = { saw: (seq: number) => saw.push(seq) };
  const consumers = Array.from({ length: shards }, () => consumer as Consumer);
  const intake = new Intake(consumers, () => Date.now(), seen as SeenMessages);
  onTestFinished(() => intake.close());
  return { intake, pulled, saw };
}

test("pulled messages are collected once", async () => {
  const { intake } = newIntake([arrivalOf(1), arrivalOf(2)]);
  intake.pull(5);
  await vi.advanceTimersByTimeAsync(0);
  expect(intake.collect().map(({ message }) => message.seq)).toEqual([1, 2]);
  expect(intake.collect()).toEqual([]);
});

test("nothing is pulled while enough messages wait, or a pull is pending", async () => {
  const { intake, pulled } = newIntake([1, 2, 3].map((seq) => arrivalOf(seq)));
  intake.pull(2);
  intake.pull(2);
  await vi.advanceTimersByTimeAsync(0);
  intake.pull(2);
  await vi.advanceTimersByTimeAsync(0);
  expect(pulled).toEqual([2]);
});

test("messages that nobody takes are returned for other processes", async () => {
  const arrival = arrivalOf(1);
  const { intake } = newIntake([arrival]);
  intake.pull(1);
  await vi.advanceTimersByTimeAsync(2500);
  expect(arrival.did).toEqual(["nak 0"]);
  expect(intake.collect()).toEqual([]);
});

test("a message that is delivered again is reported as seen", async () => {
  const { intake, saw } = newIntake([arrivalOf(1), arrivalOf(2, { deliveryCount: 2 })]);
  intake.pull(5);
  await vi.advanceTimersByTimeAsync(0);
  expect(saw).toEqual([2]);
});

test("a pause drops what has arrived, and pulls nothing until it is over", async () => {
  const { intake, pulled } = newIntake([arrivalOf(1), arrivalOf(2)]);
  intake.pull(1);
  await vi.advanceTimersByTimeAsync(0);
  intake.pause();
  intake.pull(1);
  intake.keep([arrivalOf(9)]);
  expect(intake.collect()).toEqual([]);
  intake.resume();
  intake.pull(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(intake.collect().map(({ message }) => message.seq)).toEqual([2]);
  expect(pulled).toEqual([1, 1]);
});

test("close returns what has arrived, and what is kept after it", async () => {
  const [first, late] = [arrivalOf(1), arrivalOf(2)];
  const { intake } = newIntake([first]);
  intake.pull(1);
  await intake.close();
  intake.keep([late]);
  expect([first.did, late.did]).toEqual([["nak 0"], ["nak 0"]]);
  expect(vi.getTimerCount()).toBe(0);
});
