import { expect, test } from "vitest";
import {
  workerReadingEndpoints,
  workerReadingPaths,
  type WorkerReadings,
} from "../../src/index.ts";

const readings: WorkerReadings = {
  queue: { depth: 3, bytes: 90, leased: 1, held: 0, dead: 0, routes: [], delivering: 1 },
  rotations: [],
};

test("each reading is served at its path, as it is when it is asked for", async () => {
  let reads = 0;
  const endpoints = workerReadingEndpoints({
    queue: async () => {
      reads++;
      return readings.queue;
    },
    rotations: () => readings.rotations,
  });
  expect(endpoints.map(({ method, path }) => `${method} ${path}`)).toEqual(
    Object.values(workerReadingPaths).map((path) => `GET ${path}`),
  );
  expect(reads).toBe(0);
  const answers = await Promise.all(endpoints.map((it) => it.answer(new URLSearchParams())));
  expect(answers).toEqual([
    { status: 200, body: readings.queue },
    { status: 200, body: [] },
  ]);
  expect(reads).toBe(1);
});
