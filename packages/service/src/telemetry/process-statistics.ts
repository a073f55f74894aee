import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { bindingNames, type Config } from "@mailseal/config";
import type { KeySource } from "@mailseal/dns-record";
import type { Pipeline, PolicyEvent } from "@mailseal/policy";
import { createStatistics, type Report, Reporter, type Statistics } from "@mailseal/stats";
import { countedKeys, countKeyLoad } from "./counted-keys.ts";
import { countedPipeline } from "./counted-pipeline.ts";
import { type FailedMessage, FailureSampling } from "./failed-message.ts";
import { limitsOf } from "./limits.ts";
import { SignedMessages } from "./signed-messages.ts";
import type { Totals } from "./totals.ts";
import { countedTraffic, type Traffic } from "./traffic.ts";

const reportIntervalMs = 1000;
const flushDeadlineMs = 2000;

/** Takes the counts of a process to the totals. */
export interface StatisticsLink {
  /** The epoch of the totals when this process started. */
  readonly epoch: number;
  send(report: Report): void;
  sendFailure(failure: FailedMessage): void;
}

/** Counts the messages of this process, and reports the counts each second. */
export class ProcessStatistics {
  readonly traffic: Traffic;
  readonly reporter: Reporter;
  readonly statistics: Statistics;
  readonly #signed: SignedMessages;
  readonly #failures: FailureSampling | undefined;
  readonly #link: StatisticsLink;
  readonly #timer: NodeJS.Timeout;

  constructor({ statistics, admin }: Config, link: StatisticsLink) {
    const { level } = statistics;
    this.statistics = createStatistics({ level, ...limitsOf(statistics) });
    this.#signed = new SignedMessages(this.statistics);
    this.traffic = countedTraffic(this.statistics, this.#signed);
    this.#failures = admin.web === undefined || level === "off" ? undefined : new FailureSampling();
    this.#link = link;
    this.reporter = new Reporter({
      statistics: this.statistics,
      processId: randomUUID(),
      epoch: link.epoch,
      send: (report) => link.send(report),
    });
    this.#timer = setInterval(() => this.reporter.report(), reportIntervalMs);
    this.#timer.unref();
  }

  /** Wraps the pipeline of a config. Messages that it signs are counted when `traffic.settled` has their answer. */
  counted(pipeline: Pipeline, config: Config): Pipeline {
    return countedPipeline(pipeline, {
      statistics: this.statistics,
      signed: this.#signed,
      bindings: bindingNames(config),
      failures: this.#failures,
      onFailure: (failure) => this.#link.sendFailure(failure),
    });
  }

  countedKeys(keys: KeySource): KeySource {
    return countedKeys(keys, this.statistics);
  }

  onEvent(event: PolicyEvent): void {
    countKeyLoad(this.statistics, event);
  }

  /** Resolves when everything is reported, or when no answer comes in time. */
  async close(): Promise<void> {
    const late = new AbortController();
    const options = { signal: late.signal };
    await Promise.race([
      this.reporter.flush(),
      delay(flushDeadlineMs, undefined, options).catch(() => undefined),
    ]);
    late.abort();
    clearInterval(this.#timer);
  }
}

/** Counts into totals in the same process. */
export function countLocally(config: Config, totals: Totals): ProcessStatistics {
  const counting: ProcessStatistics = new ProcessStatistics(config, {
    epoch: totals.epoch,
    send: (report) => counting.reporter.receive(totals.receive(report)),
    sendFailure: (failure) => totals.failures.add(failure),
  });
  totals.beforeReading(() => counting.reporter.report());
  totals.onReset((answer) => counting.reporter.receive(answer));
  return counting;
}
