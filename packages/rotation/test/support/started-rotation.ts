import { beforeEach } from "vitest";
import { createRotation } from "../../src/create-rotation.ts";
import type { Environment } from "../../src/environment.ts";
import type { Rotation } from "../../src/rotation.ts";
import { World } from "./world.ts";

/** One Ed25519 key, whose selector is `fresh`. */
export const plan = { keys: [{ type: "ed25519" }] } as const;
export const fresh = "e20261124";

/** Created anew before each test. */
export let world: World;
/** The rotation of `world`. */
export let rotation: Rotation;

beforeEach(() => {
  world = new World();
  rotation = world.start();
});

/** Continues with the same world and journal, in an environment with other parts. */
export function restart(changes: Partial<Environment>): void {
  rotation = createRotation({
    ...world.environment(),
    ...changes,
    journal: world.journal,
    clock: { nowMs: () => world.nowMs },
  });
}

/** The state of the rotation that was started last. */
export function latest(): ReturnType<Rotation["status"]>[number] | undefined {
  return rotation.status().at(-1);
}

/** The selectors that the domain signs with. */
export function signing(): readonly string[] {
  return world.active.map(({ selector }) => selector);
}
