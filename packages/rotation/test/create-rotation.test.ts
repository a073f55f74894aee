import { expect, test } from "vitest";
import { latest, plan, rotation, signing, world } from "./support/started-rotation.ts";
import { dayMs, domain, oldSelector, startMs } from "./support/world.ts";

test("keys of both types rotate together from the first step to the last", async () => {
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

test("two calls never work on one domain at the same time", async () => {
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

test.each([
  [{ keys: [] }, "bad-plan"],
  [{ keys: [{ type: "rsa", bits: 512 }] }, "bad-plan"],
  [{ keys: [{ type: "ed25519", bits: 2048 }] }, "bad-plan"],
  [{ overlapMs: -1 }, "bad-plan"],
  [{ ttlSeconds: 1.5 }, "bad-plan"],
  [{ keys: [{ type: "rsa", selector: "../%{date}" }] }, "bad-selector"],
] as const)("the plan %j is refused", async (wrong, code) => {
  await expect(rotation.start(domain, { plan: wrong })).rejects.toMatchObject({ code });
});

test("a domain that is not a valid DNS name is refused", async () => {
  await expect(rotation.start("../etc", { plan })).rejects.toMatchObject({ code: "bad-domain" });
});
