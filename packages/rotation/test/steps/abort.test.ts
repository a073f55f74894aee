import { describe, expect, test } from "vitest";
import { fresh, latest, plan, rotation, signing, world } from "../support/started-rotation.ts";
import { dayMs, domain, oldSelector, startMs } from "../support/world.ts";

describe("abort", () => {
  test("before the new key has signed removes and archives it", async () => {
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

  test("in the overlap returns to the old key, and the new key gets an overlap", async () => {
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

  test("in the overlap waits for the old key to be in DNS, and the new key keeps signing", async () => {
    await rotation.start(domain, { plan });
    await rotation.advance();
    world.zone.delete(world.nameOf(oldSelector));
    await rotation.abort(domain);
    await rotation.advance();
    expect(signing()).toEqual([fresh]);
    expect(latest()).toMatchObject({
      stage: "activate",
      problem: expect.stringMatching(/not published yet/) as string,
    });
  });

  test("is refused without a rotation, a second time, and once the old key is revoked", async () => {
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
