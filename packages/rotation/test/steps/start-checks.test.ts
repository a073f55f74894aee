import { beforeEach, describe, expect, test } from "vitest";
import type { RotationSetup } from "../../src/setup.ts";
import { fresh, plan, rotation, signing, world } from "../support/started-rotation.ts";
import { dayMs, domain, oldSelector } from "../support/world.ts";

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
  ])("is refused %s, and the first can still be aborted or end", async (_, waitMs) => {
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

  test("can start in parallel from the overlap on, with the same activation", async () => {
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

  test("must use the activation of the first, unless the change is confirmed", async () => {
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
    "and the first can both be aborted, and a key always signs (%i advances between)",
    async (count) => {
      await rotation.start(domain, { plan });
      await rotation.advance();
      await rotation.start(domain, { plan, parallel: true });
      for (let at = 0; at < count; at++) await rotation.advance();
      await rotation.abort(domain);
      await rotation.advance();
      // Either it is refused, or it returns to the old key: the domain always has a key.
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
    "can change to %s alone only if that is confirmed",
    async (type) => {
      const alone = { plan: { keys: [{ type }] } };
      const silent = rotation.start(domain, alone);
      await expect(silent).rejects.toMatchObject({ code: "fewer-types" });
      await expect(silent).rejects.toThrow(/rsa and ed25519.*--replace-pair/);
      await rotation.start(domain, { ...alone, replacePair: true });
    },
  );

  test("can rotate both", async () => {
    const both = { plan: { keys: [{ type: "rsa" }, { type: "ed25519" }] } } as const;
    expect(await rotation.start(domain, both)).toMatchObject({ stage: "generate" });
  });
});

test("a domain has one rotation at a time until the overlap, and never the same selector twice", async () => {
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
