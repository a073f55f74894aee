import { beforeEach, describe, expect, test } from "vitest";
import { createRotation, type Rotation } from "../../src/create-rotation.ts";
import { domain, hourMs, oldSelector, startMs, World } from "../support/world.ts";

const plan = { keys: [{ type: "ed25519" }] } as const;
const fresh = "e20261124";

let world: World;
let rotation: Rotation;
beforeEach(() => {
  world = new World();
  rotation = world.start();
});

const latest = (): ReturnType<Rotation["status"]>[number] | undefined => rotation.status().at(-1);
const signing = (): readonly string[] => world.active.map(({ selector }) => selector);

describe("a key is not used before every resolver shows it", () => {
  const answers = [
    ["no such name", { status: "nxdomain", ttlSeconds: 900 }, 900_000, /two: .*not published yet/],
    [
      "a longer negative TTL than is waited for",
      { status: "nodata", ttlSeconds: 86_400 },
      hourMs,
      /nodata/,
    ],
    ["a fault", { status: "timeout", reason: "silence" }, 30_000, /DNS failed \(timeout\)/],
    [
      "another key",
      {
        status: "found",
        records: ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
      },
      30_000,
      /another key/,
    ],
    [
      "no key record",
      { status: "found", records: ["v=DKIM1; p=!"] },
      30_000,
      /no key record: bad-base64/,
    ],
    ["a revoked one", { status: "found", records: ["v=DKIM1; p="] }, 30_000, /another key/],
  ] as const;
  test.each(answers)("%s", async (_, answer, waitMs, reason) => {
    world.stale.set("two", answer);
    await rotation.start(domain, { plan });
    await rotation.advance();
    expect(latest()).toMatchObject({
      stage: "confirm",
      dueMs: startMs + waitMs,
      attempts: 1,
      cause: "not-yet",
    });
    expect(latest()?.problem).toMatch(reason);
    expect(signing()).toEqual([oldSelector]);
    world.stale.clear();
    expect(await rotation.advance()).toEqual([]);
    await rotation.advance({ patience: "eager" });
    expect(latest()?.stage).toBe("overlap");
  });

  test("two records at the name", async () => {
    await rotation.start(domain, { plan });
    const record = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    world.stale.set("two", { status: "found", records: [record, record] });
    await rotation.advance();
    expect(latest()?.problem).toMatch(/there are 2 key records instead of one/);
  });

  test("one that is gone between confirmation and activation", async () => {
    await rotation.start(domain, { plan });
    const { activation, ...rest } = world.environment();
    const vanished = {
      ...activation,
      active: async (of: string) => {
        world.zone.delete(world.nameOf(fresh));
        return activation.active(of);
      },
    };
    rotation = createRotation({
      ...rest,
      activation: vanished,
      journal: world.journal,
      clock: { nowMs: () => world.nowMs },
    });
    await rotation.advance();
    expect(latest()).toMatchObject({
      stage: "activate",
      problem: expect.stringMatching(/not published yet/) as string,
    });
    expect(signing()).toEqual([oldSelector]);
  });
});
