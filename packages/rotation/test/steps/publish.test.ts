import { expect, test } from "vitest";
import { fresh, latest, plan, restart, rotation, world } from "../support/started-rotation.ts";
import { domain } from "../support/world.ts";

test("the advice of the publisher is kept until every resolver returns the records", async () => {
  const { publisher } = world.environment();
  restart({
    publisher: {
      async apply(changes) {
        await publisher.apply(changes);
        return { advice: "add a line to the zone" };
      },
    },
  });
  world.stale.set("two", { status: "nxdomain" });
  await rotation.start(domain, { plan });
  await rotation.advance();
  expect(latest()).toMatchObject({ stage: "confirm", advice: "add a line to the zone" });
  world.stale.clear();
  await rotation.advance({ patience: "eager" });
  expect(latest()).not.toHaveProperty("advice");
  expect(rotation.history().map(({ event }) => event)).toEqual(
    expect.arrayContaining([
      `waiting for a person to publish ${fresh}`,
      `confirmed ${fresh} with one, two`,
    ]),
  );
});

test("a publisher that fails is called again for the same records", async () => {
  const { publisher } = world.environment();
  const calls: string[] = [];
  restart({
    publisher: {
      async apply(changes) {
        calls.push(changes.map(({ action, selector }) => `${action} ${selector}`).join());
        if (calls.length === 1) throw new Error("the server is down");
        return publisher.apply(changes);
      },
    },
  });
  await rotation.start(domain, { plan });
  await rotation.advance();
  expect(latest()).toMatchObject({
    stage: "publish",
    cause: "failed",
    problem: "the server is down",
  });
  await rotation.advance({ patience: "eager" });
  expect(latest()).toMatchObject({ stage: "overlap" });
  expect(calls).toEqual([`publish ${fresh}`, `publish ${fresh}`]);
});
