import type { Duplex } from "node:stream";
import { connection, type ScriptedMta, strings } from "@mailseal/testkit/milter-mta";
import { onTestFinished } from "vitest";
import type { MilterError } from "../../src/errors.ts";
import type { Answered, MilterHandler } from "../../src/handler.ts";
import type { MilterOptions, Timers } from "../../src/options.ts";
import { serveMilter } from "../../src/serve-milter.ts";
import type { MilterSession } from "../../src/session/session.ts";
import { type Action, actionFlags } from "../../src/wire/protocol.ts";

/** Fires when the test says so. Each limit of a test has its own delay, by which its timer is found. */
class ManualTimers implements Timers {
  readonly #pending = new Set<{ readonly delayMs: number; readonly callback: () => void }>();

  after(delayMs: number, callback: () => void): () => void {
    const timer = { delayMs, callback };
    this.#pending.add(timer);
    return () => this.#pending.delete(timer);
  }

  /** The delays of those that were set and not cancelled. */
  get pending(): readonly number[] {
    return [...this.#pending].map(({ delayMs }) => delayMs);
  }

  has(delayMs: number): boolean {
    return this.pending.includes(delayMs);
  }

  /** Fires those that were set with this delay; there must be one. */
  fire(delayMs: number): void {
    const due = [...this.#pending].filter((timer) => timer.delayMs === delayMs);
    if (due.length === 0) throw new Error(`no timer of ${delayMs} ms is set`);
    for (const timer of due) {
      this.#pending.delete(timer);
      timer.callback();
    }
  }
}

export const limits = {
  negotiationMs: 11,
  commandMs: 12,
  stepMs: 13,
  endOfMessageMs: 14,
  writeMs: 15,
} as const;
export const progressIntervalMs = 16;

export interface Harness {
  readonly mta: ScriptedMta;
  readonly filter: Duplex;
  readonly session: MilterSession;
  readonly errors: MilterError[];
  readonly timers: ManualTimers;
}

/** A session over a connection in memory, with timers that stand still. */
export function harness(
  createHandler: () => MilterHandler,
  options: Omit<MilterOptions, "onError" | "timers"> = {},
): Harness {
  const { filter, mta } = connection();
  const errors: MilterError[] = [];
  const timers = new ManualTimers();
  const session = serveMilter(filter, createHandler, {
    timeLimits: limits,
    progressIntervalMs,
    ...options,
    timers,
    onError: (error) => errors.push(error),
  });
  onTestFinished(async () => {
    session.destroy();
    await session.done;
  });
  return { mta, filter, session, errors, timers };
}

export const steps = [
  "connect",
  "helo",
  "mailFrom",
  "rcptTo",
  "data",
  "header",
  "endOfHeaders",
  "body",
  "endOfMessage",
] as const;

/** All that come before the end of a message, which alone cannot be silent. */
export const silenceable = steps.slice(0, 8) as readonly Exclude<
  (typeof steps)[number],
  "endOfMessage"
>[];

export const allActions = Object.keys(actionFlags) as readonly Action[];

/** A handler that notes what is called, and does with each step what `act` says. */
export function noting(
  calls: string[],
  act: (step: string) => Answered = () => undefined,
): MilterHandler {
  const note = (step: string, detail = ""): Answered => {
    calls.push(detail === "" ? step : `${step} ${detail}`);
    return act(step);
  };
  return {
    connect: (client) => note("connect", client.hostname),
    helo: (name) => note("helo", name),
    mailFrom: ({ address }) => note("mailFrom", address),
    rcptTo: ({ address }) => note("rcptTo", address),
    data: () => note("data"),
    header: ({ name, value }) => note("header", `${name}:${value}`),
    endOfHeaders: () => note("endOfHeaders"),
    body: (chunk) => note("body", Buffer.from(chunk).toString()),
    endOfMessage: () => note("endOfMessage"),
    unknown: (command) => note("unknown", command),
    abort: () => void note("abort"),
    close: () => void note("close"),
  };
}

type Sent = readonly [letter: string, payload: string];

/** What an MTA sends for each step of an ordinary message. */
export const commands: Readonly<Record<(typeof steps)[number] | "unknown", Sent>> = {
  connect: ["C", "host\u00004\0\u0019127.0.0.1\0"],
  helo: ["H", "mx\0"],
  mailFrom: ["M", "<a@x>\0"],
  rcptTo: ["R", "<b@x>\0"],
  data: ["T", ""],
  header: ["L", strings("Subject", " s")],
  endOfHeaders: ["N", ""],
  body: ["B", "text\r\n"],
  endOfMessage: ["E", ""],
  unknown: ["U", "FOO\0"],
};
