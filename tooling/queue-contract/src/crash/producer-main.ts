/** Adds messages until SIGTERM, and records which were acknowledged. Its argument is a `ProcessArguments`. */
import { setTimeout as sleep } from "node:timers/promises";
import { bodyOf, keyAt } from "./body.ts";
import { repeated, startCrashProcess } from "./crash-process.ts";

const atOnce = 8;
const pauseMs = 2;

const { name, queue, record, random, stop } = await startCrashProcess();
let count = 0;

/** Mostly one route; sometimes 2, 100 or 1,000. Each destination is delivered and judged separately. */
function someRoutes(): readonly string[] {
  const choice = random();
  const routes = choice < 0.8 ? 1 : choice < 0.97 ? 2 : choice < 0.998 ? 100 : 1000;
  const first = Math.floor(random() * 10);
  return Array.from({ length: routes }, (_, index) => `route-${first + index}`);
}

/** Repeats a refused message with the same id, as a client of the relay does. */
async function addUntilAcknowledged(key: string): Promise<void> {
  const sizeBytes = random() < 0.02 ? 700_000 : Math.floor(random() * 4096);
  const routes = someRoutes();
  const message = {
    envelope: { from: "" },
    destinations: routes.map((route) => ({ route, recipients: [{ address: `bob@${route}` }] })),
    dedupId: key,
  };
  const keys = routes.map((route) => keyAt(key, route));
  record.write("adding", ...keys);
  const isAcknowledged = await repeated(
    () => queue.add(message, bodyOf(key, sizeBytes)),
    stop,
    ({ code }) => record.writeRefusal(keyAt(key, routes[0] ?? ""), code),
  );
  if (isAcknowledged) record.write("acked", ...keys);
}

await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (!stop.aborted) {
      await addUntilAcknowledged(`${name}-${count++}`);
      await sleep(pauseMs);
    }
  }),
);
await queue.close();
