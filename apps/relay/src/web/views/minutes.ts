import type { TimeColumns } from "@mailseal/stats";
import { type Html, time } from "./text.ts";
import { table } from "./table.ts";

interface Minute {
  readonly atSeconds: number;
  readonly sums: ReadonlyMap<string, number>;
}

const shownCounts = ["messages", "signed", "signingFailed", "verifiedPass", "verifiedNotPass"] as const;

/** The charts for those who do not see them: each minute's sums. */
export function minutesSection({ timeSeconds, counts }: TimeColumns): Html {
  const minutes: Minute[] = [];
  for (let start = timeSeconds.length - 60; start >= 0; start -= 60) {
    const sums = new Map(
      shownCounts.map((name) => [name, sum(counts[name].slice(start, start + 60))]),
    );
    minutes.push({ atSeconds: timeSeconds[start] ?? 0, sums });
  }
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
    rows: minutes,
    empty: "Nothing yet.",
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
