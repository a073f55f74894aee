import { describe, expect, test } from "vitest";
import {
  fresh,
  latest,
  plan,
  restart,
  rotation,
  signing,
  world,
} from "../support/started-rotation.ts";
import { domain, hourMs, oldSelector, startMs } from "../support/world.ts";

describe("a key is not used before every resolver returns it", () => {
  const answers = [
    ["no such name", { status: "nxdomain", ttlSeconds: 900 }, 900_000, /two: .*not published yet/],
    [
      "a negative TTL above the longest wait",
      { status: "nodata", ttlSeconds: 86_400 },
      hourMs,
      /nodata/,
    ],
    [
      "a failure of DNS",
      { status: "timeout", reason: "silence" },
      30_000,
      /DNS failed \(timeout\)/,
    ],
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
      "a record that is not a key record",
      { status: "found", records: ["v=DKIM1; p=!"] },
      30_000,
      /the record is not a key record: bad-base64/,
    ],
    ["a revoked key", { status: "found", records: ["v=DKIM1; p="] }, 30_000, /another key/],
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

  test("a record that disappears between confirmation and activation", async () => {
    await rotation.start(domain, { plan });
    const { activation } = world.environment();
    const vanished = {
      ...activation,
      active: async (of: string) => {
        world.zone.delete(world.nameOf(fresh));
        return activation.active(of);
      },
    };
    restart({ activation: vanished });
    await rotation.advance();
    expect(latest()).toMatchObject({
      stage: "activate",
      problem: expect.stringMatching(/not published yet/) as string,
    });
    expect(signing()).toEqual([oldSelector]);
  });
});
