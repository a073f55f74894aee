import { randomInt } from "node:crypto";

/** Makes queue ids that are unique on this host, also over restarts: the time, a counter, and a random mark of the process. */
export function queueIds(now: () => number = Date.now): () => string {
  const mark = randomInt(36 ** 3)
    .toString(36)
    .padStart(3, "0");
  let counter = 0;
  return () => {
    counter = (counter + 1) % 36 ** 3;
    return `${now().toString(36)}${counter.toString(36).padStart(3, "0")}${mark}`.toUpperCase();
  };
}
