import { eachBreaks, judge, pairTrials, singleTrials } from "./index.ts";

const which = process.argv[2] ?? "single";
const filter = process.argv[3] ?? "";
const stride = Number(process.argv[4] ?? 1);
const tally = new Map<string, number>();
const seen = new Map<string, number>();
let slowest = 0;
let turn = 0;
for (const trial of which === "single" ? singleTrials() : pairTrials()) {
  if (!trial.name.includes(filter) || turn++ % stride !== 0) continue;
  if ("parts" in trial && !(await eachBreaks(trial as never))) continue;
  const start = performance.now();
  const { outcome, said, hypotheses } = await judge(trial);
  const took = performance.now() - start;
  slowest = Math.max(slowest, took);
  tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  const name = trial.alterations.map((one) => one.name).join(" + ");
  seen.set(name, (seen.get(name) ?? 0) + (outcome === "untouched" ? 0 : 1));
  if (outcome === "missed" || outcome === "wrong")
    console.log(`${outcome.toUpperCase()} ${trial.name}: ${said.join(" | ")} [${hypotheses}, ${took.toFixed(0)} ms]`);
}
for (const [name, count] of seen) if (count === 0 && which === "single") console.log("NEVER BREAKS", name);
console.log(tally, { slowest, names: seen.size });
