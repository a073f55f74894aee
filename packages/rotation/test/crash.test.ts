import { expect, test } from "vitest";
import { leaseMs } from "../src/journal.ts";
import type { Rotation } from "../src/rotation.ts";
import { Crash, domain, World } from "./support/world.ts";

const plan = { keys: [{ type: "ed25519" }, { type: "ed25519", selector: "x%{date}" }] } as const;

/** The actions of an operator, which are repeated after a crash. */
interface Story {
  readonly name: string;
  readonly act: (rotation: Rotation, world: World) => Promise<void>;
  readonly signs: readonly string[];
}

const startOnce = async (rotation: Rotation): Promise<void> => {
  if (rotation.status().length === 0) await rotation.start(domain, { plan });
};

const abortOnce = async (rotation: Rotation): Promise<void> => {
  if (rotation.status().at(-1)?.direction === "forward") await rotation.abort(domain);
};

const stories: readonly Story[] = [
  {
    name: "a rotation",
    act: startOnce,
    signs: ["e20261124", "x20261124"],
  },
  {
    name: "a rotation that is aborted while it waits for DNS",
    async act(rotation, world) {
      await startOnce(rotation);
      if (rotation.status().at(-1)?.direction === "forward") {
        world.stale.set("two", { status: "nxdomain" });
        await rotation.advance();
        await abortOnce(rotation);
      }
      world.stale.clear();
    },
    signs: ["mail2025"],
  },
  {
    name: "a rotation that is aborted in its overlap",
    async act(rotation) {
      await startOnce(rotation);
      if (rotation.status().at(-1)?.direction === "forward") await rotation.advance();
      await abortOnce(rotation);
    },
    signs: ["mail2025"],
  },
];

/** Continues in a new process after each crash, and resolves to the final state. */
async function live(
  story: Story,
  crashes: readonly number[],
): Promise<{ world: World; end: unknown }> {
  const world = new World();
  const left = [...crashes];
  world.crashAt = left.shift() ?? Infinity;
  for (;;) {
    const rotation = world.start();
    try {
      await story.act(rotation, world);
      await world.runToEnd(rotation);
      break;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      world.crashAt = left.length === 0 ? Infinity : world.effects + (left.shift() ?? 0);
      world.nowMs += leaseMs;
    }
  }
  const end = {
    signs: world.active.map(({ selector }) => selector).toSorted(),
    zone: [...world.zone.keys()].toSorted(),
    files: [...world.files.keys()].toSorted(),
    stages: world
      .start()
      .status()
      .map(({ stage }) => stage),
  };
  return { world, end };
}

test.each(stories)(
  "$name has the same result wherever it is interrupted",
  { timeout: 120_000 },
  async (story) => {
    const { world: whole, end } = await live(story, []);
    const zone = story.signs.map((selector) => whole.nameOf(selector));
    expect(end).toMatchObject({ signs: story.signs, zone });
    expect(whole.breaches).toEqual([]);
    expect(whole.effects).toBeGreaterThan(40);
    for (let point = 0; point < whole.effects; point++) {
      // Interrupted there, and once more shortly after.
      for (const crashes of [[point], [point, (point * 7) % 11]]) {
        const { world, end: otherEnd } = await live(story, crashes);
        expect(otherEnd, `interrupted at ${crashes.join(" and ")}`).toEqual(end);
        expect(world.breaches, `interrupted at ${crashes.join(" and ")}`).toEqual([]);
      }
    }
  },
);
