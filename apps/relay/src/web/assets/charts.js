/** The two charts: columns of the server's TimeSeries, drawn by uPlot in the page's own colours. */
import uPlot from "./uplot.js";

const perSecond = [
  { label: "messages", column: "messages", colour: "--chart-2" },
  { label: "signed", column: "signed", colour: "--chart-1" },
  { label: "passing", column: "verifiedPass", colour: "--chart-4" },
  { label: "not passing", column: "verifiedNotPass", colour: "--chart-3" },
];
const milliseconds = [
  { label: "message p50", column: "messageP50", colour: "--chart-2" },
  { label: "message p99", column: "messageP99", colour: "--chart-3" },
  { label: "signing p99", column: "signingP99", colour: "--chart-1" },
  { label: "verification p99", column: "verificationP99", colour: "--chart-4" },
];
const height = 200;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Leaves out the last point, which is not complete yet. */
function completed(columns) {
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, values.slice(0, -1)]),
  );
}

function axis(size) {
  return {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
    size,
  };
}

class Chart {
  constructor(place, series, values) {
    this.place = place;
    this.series = series;
    this.values = values;
    this.columns = [[], ...series.map(() => [])];
    new ResizeObserver(() => this.plot?.setSize({ width: this.width, height })).observe(place);
    this.draw();
  }

  get width() {
    return Math.max(240, this.place.clientWidth);
  }

  draw() {
    this.plot?.destroy();
    const options = {
      width: this.width,
      height,
      cursor: { y: false },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
      // The tables show UTC, too.
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      axes: [{ ...axis(30), values: "{HH}:{mm}", space: 64 }, axis(52)],
      series: [
        { label: "UTC", value: "{HH}:{mm}:{ss}" },
        ...this.series.map(({ label, colour: name }) => ({
          label,
          stroke: colour(name),
          width: 1.6,
          points: { show: false },
          spanGaps: true,
          value: (_plot, value) =>
            value === null || value === undefined ? "–" : value.toPrecision(3),
        })),
      ],
    };
    this.plot = new uPlot(options, this.columns, this.place);
  }

  show(times, named, stepSeconds) {
    this.columns = [
      times,
      ...this.series.map(({ column }) => this.values(named[column], stepSeconds)),
    ];
    this.plot.setData(this.columns);
  }
}

/** Keeps the columns, so that new points can be appended. */
export class Charts {
  constructor(rate, latency) {
    this.rate = new Chart(rate, perSecond, (counts, step) => counts.map((it) => it / step));
    this.latency = new Chart(latency, milliseconds, (ns) =>
      ns.map((it) => (it === null ? null : it / 1e6)),
    );
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.rate.draw();
      this.latency.draw();
    });
  }

  load(columns, stepSeconds) {
    this.columns = columns;
    this.stepSeconds = stepSeconds;
    this.show();
  }

  /** Appends points of the same step; a point replaces the one of the same time. */
  append(points) {
    if (this.columns === undefined || points.timeSeconds.length === 0) return;
    const first = points.timeSeconds[0];
    const length = this.columns.timeSeconds.length;
    const kept = this.columns.timeSeconds.filter((time) => time < first).length;
    const joined = (old, added) => [...old.slice(0, kept), ...added].slice(-length);
    const all = (old, added) =>
      Object.fromEntries(
        Object.entries(old).map(([name, values]) => [name, joined(values, added[name])]),
      );
    this.columns = {
      timeSeconds: joined(this.columns.timeSeconds, points.timeSeconds),
      counts: all(this.columns.counts, points.counts),
      latencyNs: all(this.columns.latencyNs, points.latencyNs),
    };
    this.show();
  }

  show() {
    const timeSeconds = this.columns.timeSeconds.slice(0, -1);
    const counts = completed(this.columns.counts);
    const latencyNs = completed(this.columns.latencyNs);
    this.rate.show(timeSeconds, counts, this.stepSeconds);
    this.latency.show(timeSeconds, latencyNs, this.stepSeconds);
  }
}
