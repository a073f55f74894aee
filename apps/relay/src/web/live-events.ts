import type { TimeColumns } from "@mailseal/stats";
import type { Handler } from "hono";
import { streamSSE } from "hono/streaming";
import type { JointStatistics } from "../statistics/joint-statistics.ts";
import type { LiveSections } from "./live-sections.ts";

const intervalMs = 1000;
const maxListeners = 32;
/** Of the chart; several, so that a point that was not complete is mended, and those the worker tells late. */
const points = 6;

/** Server-sent events: "section" with what changed, "points" for the charts; each second. */
export function liveEvents(
  sections: LiveSections,
  statistics: JointStatistics,
  stopping: AbortSignal,
): Handler {
  let listeners = 0;
  return (c) => {
    if (listeners >= maxListeners) {
      return c.text("Too many pages are open.\n", 503);
    }
    listeners++;
    return streamSSE(c, async (stream) => {
      const sent = new Map<string, string>();
      try {
        while (!stream.aborted && !stopping.aborted) {
          for (const [id, html] of sections.now()) {
            if (sent.get(id) === html) continue;
            sent.set(id, html);
            await stream.writeSSE({ event: "section", data: JSON.stringify({ id, html }) });
          }
          const data = JSON.stringify(lastPoints(statistics.seconds()));
          await stream.writeSSE({ event: "points", data });
          await stream.sleep(intervalMs);
        }
      } finally {
        listeners--;
      }
    });
  };
}

function lastPoints({ timeSeconds, counts, latencyNs }: TimeColumns): TimeColumns {
  const ofAll = <Column extends readonly unknown[]>(columns: Record<string, Column>): unknown =>
    Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [name, column.slice(-points)]),
    );
  return {
    timeSeconds: timeSeconds.slice(-points),
    counts: ofAll(counts) as TimeColumns["counts"],
    latencyNs: ofAll(latencyNs) as TimeColumns["latencyNs"],
  };
}
