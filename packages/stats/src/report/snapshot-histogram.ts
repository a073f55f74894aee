import { Histogram as PrometheusHistogram } from "prom-client";
import { Histogram, type HistogramSnapshot } from "../snapshot/histogram.ts";

/** Upper bounds in seconds, from an Ed25519 signature to a delivery that hangs. */
const BOUNDS: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  5, 10, 30, 60,
];

/**
 * A prom-client histogram whose counts come from a snapshot, because prom-client can only observe one value
 * after the other. A bucket counts the durations that are certainly below its bound; those within 3 % below
 * it may be missing.
 */
export class SnapshotHistogram extends PrometheusHistogram {
  readonly #name: string;
  /** Supplies name, help and type in prom-client's form. It never observes anything. */
  readonly #described: PrometheusHistogram;
  readonly #take: () => HistogramSnapshot;

  constructor(name: string, help: string, take: () => HistogramSnapshot) {
    super({ name, help, registers: [] });
    this.#name = name;
    this.#described = new PrometheusHistogram({ name, help, registers: [] });
    this.#take = take;
  }

  override async get(): ReturnType<PrometheusHistogram["get"]> {
    const histogram = Histogram.from(this.#take());
    const bucket = (le: number | string, value: number) => ({
      labels: { le },
      value,
      metricName: `${this.#name}_bucket`,
    });
    return {
      ...(await this.#described.get()),
      values: [
        ...BOUNDS.map((bound) => bucket(bound, histogram.countUpTo(Math.round(bound * 1e9)))),
        bucket("+Inf", histogram.count),
        { labels: {}, value: histogram.sumNs / 1e9, metricName: `${this.#name}_sum` },
        { labels: {}, value: histogram.count, metricName: `${this.#name}_count` },
      ],
    };
  }

  /** A registry calls this method of a histogram instead of `get`. */
  getForPromString(): ReturnType<PrometheusHistogram["get"]> {
    return this.get();
  }
}
