import { setTimeout as delay } from "node:timers/promises";
import { CountingSink, programsMissing } from "../mail/smtp-programs.ts";
import type { Measurement, Suite } from "../measuring/measurement.ts";
import { growthBudgetMb, leastOfLast, levelOf, type Points } from "../reload/level.ts";
import { MixedLoad } from "../reload/mixed-load.ts";
import { ReloadedPrograms } from "../reload/reloaded-programs.ts";

const wholeMs = 600_000;
const warmUpMs = 120_000;
const sampleMs = 10_000;
const reloadMs = 1000;

interface Sample {
  readonly minutes: number;
  readonly megabytes: ReadonlyMap<string, number>;
}

/**
 * Ten minutes of mixed load with a reload every second. The resident memory of each process is read every ten
 * seconds; `levelOf` judges the samples after the second minute, and one line for each process reports the verdict.
 */
export const reloadSoakSuite: Suite = {
  name: "reload-soak",
  description:
    "memory of each process in 10 minutes of mixed load (SMTP, queue, milter, jobs, bad input) with a reload every second",
  async run({ quick }) {
    const missing = programsMissing();
    if (missing !== undefined) {
      console.error(`bench reload-soak: skipped: ${missing}`);
      return [];
    }
    const sink = await CountingSink.start();
    const programs = await ReloadedPrograms.start(sink.port);
    try {
      const scale = quick ? 0.05 : 1;
      return await soaked(programs, sink, wholeMs * scale, warmUpMs * scale, sampleMs * scale);
    } finally {
      await programs.close();
      await sink.server.stop();
    }
  },
};

async function soaked(
  programs: ReloadedPrograms,
  sink: CountingSink,
  totalMs: number,
  leaveOutMs: number,
  everyMs: number,
): Promise<readonly Measurement[]> {
  const load = new MixedLoad(programs.ports);
  const loaded = load.run();
  const startMs = performance.now();
  const samples: Sample[] = [];
  let reloads = 0;
  let nextSampleMs = startMs + everyMs;
  for (let turn = 1; performance.now() - startMs < totalMs; turn++) {
    if ((await programs.reload()) === 2) reloads++;
    if (performance.now() >= nextSampleMs) {
      nextSampleMs += everyMs;
      samples.push(noted((performance.now() - startMs) / 60_000, programs));
    }
    await delay(Math.max(0, startMs + turn * reloadMs - performance.now()));
  }
  load.stop();
  await loaded;
  const counts = Array.from(load.counts, ([kind, count]) => `${kind} ${count}`).join(", ");
  console.error(
    `reload-soak: ${reloads} reloads of both programs; ${counts}; delivered ${sink.taken}`,
  );
  const judged = samples.filter(({ minutes }) => minutes * 60_000 > leaveOutMs);
  const names = [...(judged[0]?.megabytes.keys() ?? [])];
  return names.flatMap((name) => measured(name, pointsOf(name, judged), totalMs / wholeMs));
}

function noted(minutes: number, programs: ReloadedPrograms): Sample {
  const megabytes = programs.residentMb();
  const shown = Array.from(megabytes, ([name, mb]) => `${name} ${mb.toFixed(0)}`).join(", ");
  console.error(`reload-soak: minute ${minutes.toFixed(1)}: MB: ${shown}`);
  return { minutes, megabytes };
}

function pointsOf(name: string, samples: readonly Sample[]): Points {
  return samples.flatMap(({ minutes, megabytes }) => {
    const mb = megabytes.get(name);
    return mb === undefined ? [] : [[minutes, mb] as const];
  });
}

function measured(name: string, points: Points, minute: number): readonly Measurement[] {
  const { growthMb, firstMb, lastMb, mostMb, isLevel } = levelOf(points, minute);
  // Each config has its own hook processes, so a sample catches them at a random age.
  const isJudged = !name.startsWith("hooks");
  if (isJudged) {
    console.error(
      `reload-soak: ${name} ${isLevel ? "is level" : "is NOT level"}: ${growthMb.toFixed(2)} MB per minute, ${firstMb.toFixed(1)} MB in the third minute, ${lastMb.toFixed(1)} MB in the last`,
    );
  }
  return [
    {
      name: `${name}: growth per minute after the second minute`,
      against: `at most ${growthBudgetMb} MB`,
      ours: growthMb,
      theirs: growthBudgetMb,
      unit: "MB",
      // Memory may shrink, and a ratio with a negative number means nothing.
      ratio: growthBudgetMb / Math.max(growthMb, growthBudgetMb / 100),
      floor: isJudged ? 1 : 0,
    },
    {
      name: `${name}: last minute (peak ${mostMb.toFixed(0)} MB)`,
      against: "third minute",
      ours: lastMb,
      theirs: firstMb,
      unit: "MB",
      ratio: firstMb / lastMb,
      floor: isJudged ? leastOfLast : 0,
    },
  ];
}
