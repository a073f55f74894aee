import { beforeEach } from "vitest";
import type { Rotation } from "../../src/create-rotation.ts";
import { World } from "./world.ts";

/** Made anew before each test. */
export let world: World;
/** The rotation of `world`. */
export let rotation: Rotation;

beforeEach(() => {
  world = new World();
  rotation = world.start();
});

/** The state of the rotation that was started last. */
export function latest(): ReturnType<Rotation["status"]>[number] | undefined {
  return rotation.status().at(-1);
}

/** The selectors that the domain signs with. */
export function signing(): readonly string[] {
  return world.active.map(({ selector }) => selector);
}
