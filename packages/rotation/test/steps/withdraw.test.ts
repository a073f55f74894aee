import { beforeEach, describe, expect, test } from "vitest";
import { fresh, latest, plan, rotation, signing, world } from "../support/started-rotation.ts";
import { dayMs, domain, oldSelector } from "../support/world.ts";

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

  test("while its successor is not in DNS", async () => {
    world.zone.delete(world.nameOf(fresh));
    await rotation.advance();
    expect(latest()).toMatchObject({
      stage: "revoke",
      problem: expect.stringMatching(/mail2025 is kept: .*not published yet/) as string,
    });
    expect(world.zone.get(world.nameOf(oldSelector))).toContain("k=ed25519");
  });

  test("while the domain signs with no key", async () => {
    world.active = [];
    await rotation.advance();
    expect(latest()).toMatchObject({
      stage: "revoke",
      problem: expect.stringMatching(/no key at all/) as string,
    });
  });
});

test("the first key of a domain replaces none", async () => {
  world.active = [];
  await rotation.start(domain, { plan });
  await rotation.advance();
  expect(latest()).toMatchObject({ stage: "retired", outgoing: [] });
  expect(signing()).toEqual([fresh]);
});

test("a private key that signs again before its record is gone from DNS is not archived", async () => {
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
