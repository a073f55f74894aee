import { beforeEach, describe, expect, test } from "vitest";
import { createRotation, type Rotation } from "../src/create-rotation.ts";
import type { RotationSetup } from "../src/setup.ts";
import { dayMs, domain, hourMs, oldSelector, startMs, World } from "./world.ts";

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

test("keys of both types go side by side from the first step to the last", async () => {
  await rotation.start(domain, {
    plan: { keys: [{ type: "rsa", bits: 1024 }, { type: "ed25519" }] },
  });
  const [advanced] = await rotation.advance();
  expect(advanced).toMatchObject({
    kind: "advanced",
    state: { stage: "overlap", dueMs: startMs + 8 * dayMs },
  });
  expect(signing()).toEqual(["r20261124", "e20261124"]);
  expect(world.zone.has(world.nameOf(oldSelector))).toBe(true);

  world.nowMs += 8 * dayMs - 1;
  expect(await rotation.advance()).toEqual([]);
  world.nowMs += 1;
  await rotation.advance();
  expect(latest()).toMatchObject({ stage: "revoked", dueMs: world.nowMs + 30 * dayMs });
  expect(world.zone.get(world.nameOf(oldSelector))).toBe("v=DKIM1; p=");

  world.nowMs += 30 * dayMs;
  await rotation.advance();
  expect(latest()).toMatchObject({ stage: "retired" });
  expect([...world.zone.keys()]).toEqual(
    ["r20261124", "e20261124"].map((name) => world.nameOf(name)),
  );
  expect(world.files.has(`/keys/${domain}/${oldSelector}.key.archived`)).toBe(true);
  expect(rotation.history().map(({ stage }) => stage)).toEqual(
    "generate generate generate generate publish confirm activate activate overlap revoke revoke revoked retire retire".split(
      " ",
    ),
  );
  expect(world.breaches).toEqual([]);
});

describe("a key is not used before every resolver shows it", () => {
  const answers = [
    ["no such name", { status: "nxdomain", ttlSeconds: 900 }, 900_000, /two: .*not there yet/],
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
    expect(latest()?.problem).toMatch(/expected one key record, got 2/);
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
      problem: expect.stringMatching(/not there yet/) as string,
    });
    expect(signing()).toEqual([oldSelector]);
  });
});

test("waits double up to an hour, and the history says each reason once", async () => {
  world.stale.set("two", { status: "servfail", reason: "broken" });
  await rotation.start(domain, { plan });
  const waits: number[] = [];
  for (let round = 0; round < 9; round++) {
    await rotation.advance();
    const dueMs = latest()?.dueMs ?? 0;
    waits.push((dueMs - world.nowMs) / 1000);
    world.nowMs = dueMs;
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  expect(rotation.history().filter(({ stage }) => stage === "confirm")).toHaveLength(1);
});

test("a key file that somebody else has put there is not used, nor overwritten", async () => {
  await rotation.start(domain, { plan });
  const path = `/keys/${domain}/${fresh}.key`;
  const other = world.files.get(`/keys/${domain}/${oldSelector}.key`) ?? "";
  world.files.set(path, other);
  await rotation.advance();
  expect(latest()).toMatchObject({
    stage: "generate",
    cause: "failed",
    problem: expect.stringMatching(/expected the key SHA256:/) as string,
  });
  expect(latest()?.problem).not.toContain("PRIVATE");
  expect(world.files.get(path)).toBe(other);
});

describe("an outgoing key is kept", () => {
  beforeEach(async () => {
    await rotation.start(domain, { plan });
    await rotation.advance();
    world.nowMs += 8 * dayMs;
  });

  test("while it signs again", async () => {
    world.active = [{ selector: oldSelector, keyFile: `/keys/${domain}/${oldSelector}.key` }];
    await rotation.advance();
    expect(latest()).toMatchObject({
      stage: "revoke",
      problem: expect.stringMatching(/signs with mail2025 again/) as string,
    });
    expect(world.zone.get(world.nameOf(oldSelector))).toContain("k=ed25519");
  });

  test("while DNS does not show its successor", async () => {
    world.zone.delete(world.nameOf(fresh));
    await rotation.advance();
    expect(latest()).toMatchObject({
      stage: "revoke",
      problem: expect.stringMatching(/mail2025 is kept: .*not there yet/) as string,
    });
    expect(world.zone.get(world.nameOf(oldSelector))).toContain("k=ed25519");
  });

  test("while nothing signs", async () => {
    world.active = [];
    await rotation.advance();
    expect(latest()).toMatchObject({
      stage: "revoke",
      problem: expect.stringMatching(/no key at all/) as string,
    });
  });
});

describe("abort", () => {
  test("before anything has signed: the new key is removed and put away", async () => {
    world.stale.set("two", { status: "nxdomain" });
    await rotation.start(domain, { plan });
    await rotation.advance();
    await rotation.abort(domain);
    world.stale.clear();
    expect(await world.runToEnd(rotation)).toMatchObject({ stage: "aborted" });
    expect([...world.zone.keys()]).toEqual([world.nameOf(oldSelector)]);
    expect(signing()).toEqual([oldSelector]);
    expect(world.files.has(`/keys/${domain}/${fresh}.key.archived`)).toBe(true);
    expect(world.breaches).toEqual([]);
  });

  test("in the overlap: back to the old key, and the new one has its overlap", async () => {
    await rotation.start(domain, { plan });
    await rotation.advance();
    await rotation.abort(domain);
    await rotation.advance();
    expect(signing()).toEqual([oldSelector]);
    expect(latest()).toMatchObject({ stage: "overlap", dueMs: startMs + 8 * dayMs });
    expect(await world.runToEnd(rotation)).toMatchObject({ stage: "aborted" });
    expect([...world.zone.keys()]).toEqual([world.nameOf(oldSelector)]);
    expect(world.breaches).toEqual([]);
  });

  test("in the overlap, with the old key gone from DNS: the new one signs on", async () => {
    await rotation.start(domain, { plan });
    await rotation.advance();
    world.zone.delete(world.nameOf(oldSelector));
    await rotation.abort(domain);
    await rotation.advance();
    expect(signing()).toEqual([fresh]);
    expect(latest()).toMatchObject({
      stage: "activate",
      problem: expect.stringMatching(/not there yet/) as string,
    });
  });

  test("is refused once the old key is revoked, and twice, and where there is nothing", async () => {
    await expect(rotation.abort(domain)).rejects.toMatchObject({ code: "no-rotation" });
    await rotation.start(domain, { plan });
    await rotation.abort(domain);
    await expect(rotation.abort(domain)).rejects.toMatchObject({ code: "cannot-abort" });
    await world.runToEnd(rotation);
    await rotation.start(domain, { plan });
    await rotation.advance();
    world.nowMs += 8 * dayMs;
    await rotation.advance();
    await expect(rotation.abort(domain)).rejects.toMatchObject({ code: "cannot-abort" });
  });
});

test("a first key has nothing to retire", async () => {
  world.active = [];
  await rotation.start(domain, { plan });
  await rotation.advance();
  expect(latest()).toMatchObject({ stage: "retired", outgoing: [] });
  expect(signing()).toEqual([fresh]);
});

describe("a second rotation of a domain", () => {
  const setup = (activate: RotationSetup["activate"]): RotationSetup => ({
    keyDirectory: "/keys",
    publish: { method: "zone" },
    resolvers: ["system"],
    activate,
  });
  const byTable = setup({ method: "table", database: "/keys.db" });
  const byFile = setup({ method: "file" });

  test.each([
    ["before the overlap", 0],
    ["in the overlap", 1],
    ["while the old key is revoked", 8 * dayMs],
  ])("is refused %s, and the first can still be aborted or ends", async (_, waitMs) => {
    await rotation.start(domain, { plan, setup: byTable });
    if (waitMs > 0) await rotation.advance();
    world.nowMs += waitMs;
    if (waitMs > 1) await rotation.advance();
    for (const again of [byTable, byFile]) {
      const second = rotation.start(domain, { plan, setup: again });
      await expect(second).rejects.toMatchObject({ code: "rotation-under-way" });
    }
    if (waitMs < 2) await rotation.abort(domain);
    await world.runToEnd(rotation);
    expect(signing()).toEqual([waitMs < 2 ? oldSelector : fresh]);
    expect(world.breaches).toEqual([]);
  });

  test("begins in parallel from the overlap on, with the same activation", async () => {
    await rotation.start(domain, { plan, setup: byTable });
    const parallel = { plan, parallel: true };
    await expect(rotation.start(domain, { ...parallel, setup: byTable })).rejects.toMatchObject({
      code: "rotation-under-way",
    });
    await rotation.advance();
    const elsewhere = { ...parallel, setup: byFile, changeActivation: true };
    await expect(rotation.start(domain, elsewhere)).rejects.toMatchObject({
      code: "other-activation",
    });
    await rotation.start(domain, { ...parallel, setup: byTable });
    await rotation.advance();
    expect(signing()).toEqual([`${fresh}b`]);
  });

  test("after the first has ended goes on with its activation, unless another is named", async () => {
    await rotation.start(domain, { plan, setup: byTable });
    await world.runToEnd(rotation);
    const second = rotation.start(domain, { plan, setup: byFile });
    await expect(second).rejects.toMatchObject({ code: "other-activation" });
    await expect(second).rejects.toThrow(/--database \/keys\.db.*--change-activation/);
    await rotation.start(domain, { plan, setup: byFile, changeActivation: true });
  });

  test("can be advanced alone", async () => {
    const first = await rotation.start(domain, { plan });
    await rotation.advance();
    const second = await rotation.start(domain, { plan, parallel: true });
    world.nowMs += 8 * dayMs;
    const advances = await rotation.advance({ rotation: second.id });
    expect(advances).toMatchObject([{ state: { id: second.id, stage: "overlap" } }]);
    expect(rotation.status()[0]).toMatchObject({ id: first.id, stage: "overlap" });
  });

  test.each([0, 1, 2, 3])(
    "aborted, and the one before it after it: something signs (%i advances between)",
    async (count) => {
      await rotation.start(domain, { plan });
      await rotation.advance();
      await rotation.start(domain, { plan, parallel: true });
      for (let at = 0; at < count; at++) await rotation.advance();
      await rotation.abort(domain);
      await rotation.advance();
      // Refused, or it goes back: in no case is the domain left without a key.
      await rotation.abort(domain).catch(() => undefined);
      await world.runToEnd(rotation);
      expect(signing()).not.toEqual([]);
      expect(world.breaches).toEqual([]);
    },
  );
});

describe("a domain that signs with RSA and Ed25519", () => {
  beforeEach(async () => {
    await rotation.start(domain, { plan: { keys: [{ type: "rsa", bits: 1024 }, ...plan.keys] } });
    await world.runToEnd(rotation);
  });

  test.each(["ed25519", "rsa"] as const)(
    "goes on with %s alone only if that is said",
    async (type) => {
      const alone = { plan: { keys: [{ type }] } };
      const silent = rotation.start(domain, alone);
      await expect(silent).rejects.toMatchObject({ code: "fewer-types" });
      await expect(silent).rejects.toThrow(/rsa and ed25519.*--replace-pair/);
      await rotation.start(domain, { ...alone, replacePair: true });
    },
  );

  test("goes on with both", async () => {
    const both = { plan: { keys: [{ type: "rsa" }, { type: "ed25519" }] } } as const;
    expect(await rotation.start(domain, both)).toMatchObject({ stage: "generate" });
  });
});

describe("a key that the signer cannot use", () => {
  const withSigner = (objection: () => string | undefined): Rotation =>
    createRotation({
      ...world.environment(),
      signer: { objection: async () => objection() },
      journal: world.journal,
      clock: { nowMs: () => world.nowMs },
    });

  test.each(["generate", "publish", "confirm", "activate"] as const)(
    "holds up the rotation in %s, with the reason, until it can",
    async (stage) => {
      let refuses = stage === "generate";
      // One look in each stage but the first.
      rotation = withSigner(() => {
        refuses ||= world.journal.rotations(domain).at(-1)?.stage === stage;
        return refuses ? '"/k": user 998 may not read it; chown 998' : undefined;
      });
      await rotation.start(domain, { plan });
      await rotation.advance();
      expect(latest()).toMatchObject({
        stage,
        cause: "failed",
        problem: expect.stringContaining("user 998 may not read it; chown 998") as string,
      });
      expect(world.zone.has(world.nameOf(fresh))).toBe(stage === "confirm" || stage === "activate");
      expect(signing()).toEqual([oldSelector]);
      rotation = withSigner(() => undefined);
      await rotation.advance({ patience: "eager" });
      expect(signing()).toEqual([fresh]);
    },
  );

  test("is not gone back to either: the new one signs on", async () => {
    await rotation.start(domain, { plan });
    await rotation.advance();
    rotation = withSigner(() => "no");
    await rotation.abort(domain);
    await rotation.advance();
    expect(latest()).toMatchObject({ stage: "activate", cause: "failed" });
    expect(signing()).toEqual([fresh]);
    expect(world.breaches).toEqual([]);
  });
});

test("a private key that signs again by the time DNS has let go of it is not put away", async () => {
  await rotation.start(domain, { plan });
  await rotation.advance();
  world.nowMs += 8 * dayMs;
  await rotation.advance();
  world.stale.set("two", new Map(world.zone));
  world.nowMs += 30 * dayMs;
  await rotation.advance();
  expect(latest()).toMatchObject({ stage: "retire", handedOver: true });
  world.stale.clear();
  world.active = [{ selector: "renamed", keyFile: `/keys/${domain}/${oldSelector}.key` }];
  await rotation.advance({ patience: "eager" });
  expect(latest()?.problem).toMatch(/signs with mail2025 again/);
  expect(world.files.has(`/keys/${domain}/${oldSelector}.key`)).toBe(true);
});

test("one rotation at a time until the overlap, and no selector twice", async () => {
  await rotation.start(domain, { plan });
  await expect(rotation.start(domain, { plan, parallel: true })).rejects.toMatchObject({
    code: "rotation-under-way",
  });
  await rotation.advance();
  const second = await rotation.start(domain, { plan, parallel: true });
  expect(second.incoming.map(({ selector }) => selector)).toEqual([`${fresh}b`]);
  await world.runToEnd(rotation);
  expect(rotation.status().map(({ stage }) => stage)).toEqual(["retired", "retired"]);
  expect([...world.zone.keys()]).toEqual([world.nameOf(`${fresh}b`)]);
  expect(world.breaches).toEqual([]);
});

test("two calls never work on one domain", async () => {
  await rotation.start(domain, { plan });
  const advances = await Promise.all([rotation.advance(), world.start().advance()]);
  expect(
    advances
      .flat()
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(["advanced", "busy"]);
  expect(world.journal.history().filter(({ stage }) => stage === "publish")).toHaveLength(1);
});

test("propose and preview change nothing", async () => {
  const proposed = await rotation.propose(domain, { plan });
  expect(proposed.incoming).toMatchObject([{ selector: fresh }]);
  expect(rotation.status()).toEqual([]);
  await rotation.start(domain, { plan });
  const before = JSON.stringify([[...world.zone], [...world.files], rotation.history()]);
  expect(rotation.preview()).toMatchObject([{ next: `make the private keys of ${fresh}` }]);
  expect(JSON.stringify([[...world.zone], [...world.files], rotation.history()])).toBe(before);
});

test.each([
  [{ keys: [] }, "bad-plan"],
  [{ keys: [{ type: "rsa", bits: 512 }] }, "bad-plan"],
  [{ keys: [{ type: "ed25519", bits: 2048 }] }, "bad-plan"],
  [{ overlapMs: -1 }, "bad-plan"],
  [{ ttlSeconds: 1.5 }, "bad-plan"],
  [{ keys: [{ type: "rsa", selector: "../%{date}" }] }, "bad-selector"],
] as const)("refuses the plan %j", async (wrong, code) => {
  await expect(rotation.start(domain, { plan: wrong })).rejects.toMatchObject({ code });
});

test("refuses a domain that DNS cannot hold", async () => {
  await expect(rotation.start("../etc", { plan })).rejects.toMatchObject({ code: "bad-domain" });
});
