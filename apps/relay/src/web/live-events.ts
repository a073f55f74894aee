import type { TimeColumns } from "@mailseal/stats";
import type { Handler } from "hono";
import { streamSSE } from "hono/streaming";
import type { JointStatistics } from "../statistics/joint-statistics.ts";
import type { LiveSections } from "./live-sections.ts";
import { liveElementId, type LiveSectionId, liveSectionIds } from "./sections.ts";

const intervalMs = 1000;
const maxListeners = 32;
/** Points of the charts in each event: several, because the last ones change when they are complete or the worker reports late. */
const points = 6;

/** Server-sent events, each second: "section" for each section that has changed, "points" for the charts. */
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
      const sent = new Map<LiveSectionId, string>();
      try {
        while (!stream.aborted && !stopping.aborted) {
          const live = sections.now();
          for (const id of liveSectionIds.filter((it) => sent.get(it) !== live[it])) {
            sent.set(id, live[id]);
            const data = JSON.stringify({ id: liveElementId(id), html: live[id] });
            await stream.writeSSE({ event: "section", data });
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
