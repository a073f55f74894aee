import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "vitest";

setFlagsFromString("--expose-gc");
/** Frees what nothing holds, before memory is measured. */
export const collectGarbage = runInNewContext("gc") as () => void;

/** Expects that nothing holds these objects any more: a garbage collection frees all of them. */
export async function expectCollected(references: readonly WeakRef<object>[]): Promise<void> {
  await expect
    .poll(
      () => {
        collectGarbage();
        return references.filter((one) => one.deref() !== undefined).length;
      },
      { timeout: 10_000 },
    )
    .toBe(0);
}
