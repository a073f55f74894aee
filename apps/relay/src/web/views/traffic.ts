import type { TimeColumns } from "@mailseal/stats";
import { html } from "hono/html";
import type { PageData } from "../page-data.ts";
import { nameColumn, table } from "./table.ts";
import { type Html, time } from "./text.ts";

interface Minute {
  readonly atSeconds: number;
  readonly counts: ReadonlyMap<keyof TimeColumns["counts"], number>;
}

const shownMinutes = 10;
const shownCounts = [
  ["messages", "Messages"],
  ["signed", "Signed"],
  ["signingFailed", "Signing failed"],
  ["verifiedPass", "Passing"],
  ["verifiedNotPass", "Not passing"],
] as const;

/** The time span of the charts; page.js answers its buttons. */
export const spanButtons: Html = html`<div class="choice" role="group" aria-label="Time span">
  <button type="button" data-span="minutes" aria-pressed="true">10 minutes</button>
  <button type="button" data-span="day" aria-pressed="false">1 day</button>
</div>`;

/** The charts, which page.js draws, and below them their last minutes as a table. */
export function charts(minutes: Html, minutesId: string): Html {
  return html`<div class="charts">
      ${chart("rate", "Messages and signatures per second", minutesId)}
      ${chart("latency", "Processing time (ms)", minutesId)}
    </div>
    <details>
      <summary>Last 10 minutes as a table</summary>
      ${minutes}
    </details>`;
}

function chart(name: "rate" | "latency", caption: string, minutesId: string): Html {
  return html`<figure class="card">
    <figcaption id="${name}-caption">${caption}</figcaption>
    <div
      id="${name}-chart"
      class="chart"
      role="img"
      aria-labelledby="${name}-caption"
      aria-describedby="${minutesId}"
    ></div>
  </figure>`;
}

/** The data of the charts for readers who cannot see them. */
export function minutesTable({ minutes }: Pick<PageData, "minutes">): Html {
  const { timeSeconds, counts } = minutes;
  const rows = timeSeconds.slice(-shownMinutes).map((atSeconds, at): Minute => {
    return {
      atSeconds,
      counts: new Map(
        shownCounts.map(([name]) => [name, counts[name].slice(-shownMinutes)[at] ?? 0]),
      ),
    };
  });
  return table<Minute>({
    id: "minutes",
    caption: "Last 10 minutes, most recent first",
    columns: [
      nameColumn("Minute", ({ atSeconds }) => time(atSeconds * 1000)),
      ...shownCounts.map(
        ([name, title]) =>
          ({ title, kind: "number", cell: (row: Minute) => row.counts.get(name) ?? 0 }) as const,
      ),
    ],
    rows: rows.toReversed(),
    empty: "No data yet.",
  });
}
