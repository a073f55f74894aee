import type { TimeColumns } from "@mailseal/stats";
import { table } from "./table.ts";
import { type Html, time } from "./text.ts";

interface Minute {
  readonly atSeconds: number;
  readonly sums: ReadonlyMap<string, number>;
}

const shownCounts = [
  "messages",
  "signed",
  "signingFailed",
  "verifiedPass",
  "verifiedNotPass",
] as const;

/** The charts for those who do not see them; `TimeSeries.minutes`. */
export function minutesSection({ timeSeconds, counts }: TimeColumns): Html {
  const minutes = timeSeconds.slice(-10).map((atSeconds, at): Minute => {
    const sums = new Map(shownCounts.map((name) => [name, counts[name].slice(-10)[at] ?? 0]));
    return { atSeconds, sums };
  });
  const numbers = (title: string, name: (typeof shownCounts)[number]) =>
    ({ title, kind: "number", cell: ({ sums }: Minute) => sums.get(name) ?? 0 }) as const;
  return table<Minute>({
    id: "minutes-table",
    caption: "Each of the last ten minutes",
    columns: [
      { title: "Minute from", kind: "name", cell: ({ atSeconds }) => time(atSeconds * 1000) },
      numbers("Messages", "messages"),
      numbers("Signed", "signed"),
      numbers("Signing failed", "signingFailed"),
      numbers("Pass", "verifiedPass"),
      numbers("Not pass", "verifiedNotPass"),
    ],
    rows: minutes.toReversed(),
    empty: "Nothing yet.",
  });
}
