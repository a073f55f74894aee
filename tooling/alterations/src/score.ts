import { judge } from "./judgement.ts";
import type { Trial } from "./trials.ts";

/** The number of explained trials, and the output of those that were not explained. */
export interface Score {
  /** Trials that broke a signature. */
  readonly broken: number;
  /** Trials whose signatures pass in spite of the alteration. */
  readonly untouched: number;
  readonly explained: number;
  readonly missed: readonly string[];
  readonly wrong: readonly string[];
  readonly slowestMs: number;
}

export async function score(trials: Iterable<Trial>): Promise<Score> {
  const missed: string[] = [];
  const wrong: string[] = [];
  let [explained, untouched, slowestMs] = [0, 0, 0];
  for (const trial of trials) {
    const start = performance.now();
    // One at a time: each may use all of its time limit.
    const { outcome, reported } = await judge(trial);
    slowestMs = Math.max(slowestMs, performance.now() - start);
    const told = `${trial.name}: ${reported.join(" | ")}`;
    switch (outcome) {
      case "untouched":
        untouched++;
        break;
      case "explained":
        explained++;
        break;
      case "missed":
        missed.push(told);
        break;
      case "wrong":
        wrong.push(told);
        break;
    }
  }
  const broken = explained + missed.length + wrong.length;
  return { broken, untouched, explained, missed, wrong, slowestMs };
}

export function scoreText(what: string, result: Score): string {
  const { broken, explained, untouched, missed, wrong, slowestMs } = result;
  const percent = ((100 * explained) / broken).toFixed(1);
  return [
    `${what}: ${explained} of ${broken} explained (${percent} %), ${wrong.length} wrong; ${untouched} still pass; slowest ${slowestMs.toFixed(0)} ms`,
    ...wrong.map((line) => `  wrong  ${line}`),
    ...missed.map((line) => `  missed ${line}`),
  ].join("\n");
}
