import { fork } from "node:child_process";
import { once } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  Aggregator,
  createStatistics,
  type Report,
  type ReportAnswer,
  Reporter,
  totalOf,
} from "../../src/index.ts";
import { signed } from "../events.ts";

/** A process whose channel to the aggregator loses, repeats and delays reports as the test wants. */
class SimulatedProcess {
  readonly #statistics = createStatistics({ maxDomains: 4 });
  readonly #reporter: Reporter;
  readonly #reports: Report[] = [];
  readonly #answers: ReportAnswer[] = [];
  readonly recorded = new Map<number, number>();

  constructor(processId: string, epoch: number) {
    const statistics = this.#statistics;
    const send = (report: Report) => this.#reports.push(report);
    this.#reporter = new Reporter({ statistics, processId, epoch, send });
  }

  record(domain: number): void {
    const epoch = this.#reporter.epoch ?? Number.NaN;
    this.recorded.set(epoch, (this.recorded.get(epoch) ?? 0) + 1);
    this.#statistics.recordSigning(signed(`d${domain}.example`));
  }

  report(): void {
    this.#reporter.report();
  }

  /** The report that was sent first arrives, and may arrive again. */
  arrive(aggregator: Aggregator, repeats: boolean): void {
    const [report] = repeats ? this.#reports : this.#reports.splice(0, 1);
    if (report !== undefined) this.#answers.push(aggregator.receive(report));
  }

  tell(answer: ReportAnswer): void {
    this.#answers.push(answer);
  }

  hear(): void {
    for (const answer of this.#answers.splice(0)) this.#reporter.receive(answer);
  }

  lose(): void {
    this.#reports.splice(0);
    this.#answers.splice(0);
  }

  async finish(aggregator: Aggregator): Promise<void> {
    this.tell({ epoch: aggregator.epoch });
    this.hear();
    const flushed = this.#reporter.flush();
    while (this.#reports.length > 0) {
      this.arrive(aggregator, false);
      this.hear();
    }
    await flushed;
  }
}

const step = fc.record({
  process: fc.nat(2),
  act: fc.constantFrom("record", "record", "report", "arrive", "repeat", "hear", "lose", "reset"),
  domain: fc.nat(9),
});

test("totals are exact whatever gets lost, comes twice or late, and whenever they are reset", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
      const aggregator = new Aggregator({ maxDomains: 6 });
      const processes = [0, 1, 2].map((id) => new SimulatedProcess(`p${id}`, 0));
      for (const { process, act, domain } of steps) {
        const one = processes[process];
        if (act === "record") one?.record(domain);
        if (act === "report") one?.report();
        if (act === "arrive") one?.arrive(aggregator, false);
        if (act === "repeat") one?.arrive(aggregator, true);
        if (act === "hear") one?.hear();
        if (act === "lose") one?.lose();
        if (act === "reset") {
          const answer = aggregator.reset();
          expect(totalOf(aggregator.snapshot(), "signing").processed).toBe(0);
          for (const each of processes) each.tell(answer);
        }
      }
      for (const each of processes) await each.finish(aggregator);
      const recorded = processes.map((each) => each.recorded.get(aggregator.epoch) ?? 0);
      const sum = recorded.reduce((a, b) => a + b);
      for (const name of ["signing", "signingByDomain", "signingByBindingDomain"] as const) {
        expect(totalOf(aggregator.snapshot(), name).processed).toBe(sum);
      }
    }),
  );
});

interface ChildMessage {
  readonly report?: Report;
  readonly recorded?: Readonly<Record<number, number>>;
}

/** Runs the reporting process; resolves to the events it recorded in each epoch. */
async function runChild(
  processId: string,
  aggregator: Aggregator,
  onReport: (report: Report, answer: (answer: ReportAnswer) => void) => void,
): Promise<Readonly<Record<number, number>>> {
  const script = new URL("reporting-process.ts", import.meta.url);
  const child = fork(script, [processId, String(aggregator.epoch)]);
  children.add(child);
  let recorded: Readonly<Record<number, number>> = {};
  child.on("message", (message: ChildMessage) => {
    if (message.report !== undefined) {
      onReport(message.report, (answer) => child.connected && child.send(answer));
    }
    if (message.recorded !== undefined) {
      recorded = message.recorded;
      child.disconnect();
    }
  });
  const [code] = await once(child, "exit");
  children.delete(child);
  expect(code).toBe(0);
  return recorded;
}

const children = new Set<ReturnType<typeof fork>>();
const ids = ["a", "b", "c", "d"];

test("100,000 events of four processes are all counted, once", { timeout: 60_000 }, async () => {
  const aggregator = new Aggregator();
  let reports = 0;
  await Promise.all(
    ids.map((id) =>
      runChild(id, aggregator, (report, answer) => {
        reports += 1;
        aggregator.receive(report);
        // Every report comes twice, and every fifth answer is lost.
        const again = aggregator.receive(report);
        if (reports % 5 !== 0) answer(again);
      }),
    ),
  );
  const snapshot = aggregator.snapshot();
  expect(totalOf(snapshot, "signing")).toMatchObject({ processed: 100_000, signed: 100_000 });
  expect(totalOf(snapshot, "signing").signingTimeNs).toBe(100_000 * 1_000);
  expect(totalOf(snapshot, "signingByDomain").processed).toBe(100_000);
});

test("a reset in the middle of it is atomic over the processes", { timeout: 60_000 }, async () => {
  const aggregator = new Aggregator();
  let reports = 0;
  const recorded = await Promise.all(
    ids.map((id) =>
      runChild(id, aggregator, (report, answer) => {
        reports += 1;
        answer(aggregator.receive(report));
        if (reports % 40 === 0 && reports <= 120) {
          const reset = aggregator.reset();
          for (const child of children) if (child.connected) child.send(reset);
        }
      }),
    ),
  );
  expect(aggregator.epoch).toBe(3);
  const inLastEpoch = recorded.map((epochs) => epochs[3] ?? 0).reduce((a, b) => a + b);
  expect(inLastEpoch).toBeGreaterThan(0);
  expect(inLastEpoch).toBeLessThan(100_000);
  expect(totalOf(aggregator.snapshot(), "signing").processed).toBe(inLastEpoch);
});

test("a process that outlives an aggregator's state goes on in its own epoch", () => {
  const statistics = createStatistics();
  const aggregator = new Aggregator();
  const reporter: Reporter = new Reporter({
    statistics,
    processId: "p",
    epoch: 4,
    send: (report) => reporter.receive(aggregator.receive(report)),
  });
  statistics.recordSigning(signed("a.example"));
  reporter.report();
  expect(aggregator.epoch).toBe(4);
  expect(totalOf(aggregator.snapshot(), "signing").processed).toBe(1);
});

test("a restored aggregator does not count a report again", () => {
  const statistics = createStatistics();
  const reports: Report[] = [];
  const send = (report: Report) => reports.push(report);
  const reporter = new Reporter({ statistics, processId: "p", send });
  statistics.recordSigning(signed("a.example"));
  reporter.report();
  const [report] = reports;
  if (report === undefined) throw new Error("nothing was sent");

  const first = new Aggregator({ now: () => 5 });
  first.receive(report);
  const second = new Aggregator({ now: () => 9 });
  second.restore(first.state());
  expect(second.receive(report)).toEqual({ epoch: 0, acknowledged: 1 });
  expect(totalOf(second.snapshot(), "signing").processed).toBe(1);
  expect(second.snapshot().sinceMs).toBe(5);
});

test("every delta that is counted is handed on, and no other", () => {
  const deltas: number[] = [];
  const aggregator = new Aggregator({
    onDelta: (delta) => deltas.push(totalOf(delta, "signing").processed),
  });
  const statistics = createStatistics();
  statistics.recordSigning(signed("a.example"));
  const delta = statistics.snapshot();
  aggregator.receive({ processId: "p", sequence: 1, delta });
  aggregator.receive({ processId: "p", sequence: 1, delta });
  const { epoch } = aggregator.reset();
  aggregator.receive({ processId: "p", sequence: 2, epoch: epoch - 1, delta });
  expect(deltas).toEqual([1]);
});
