import { expect, test } from "vitest";
import {
  fresh,
  latest,
  plan,
  restart,
  rotation,
  signing,
  world,
} from "../support/started-rotation.ts";
import { domain, oldSelector } from "../support/world.ts";

test("the keys to replace are recorded before the new ones sign", async () => {
  const { activation } = world.environment();
  const recorded: unknown[] = [];
  restart({
    activation: {
      ...activation,
      async activate(of, keys) {
        recorded.push(
          world.journal
            .rotations(of)
            .at(-1)
            ?.outgoing.map(({ selector }) => selector),
        );
        await activation.activate(of, keys);
      },
    },
  });
  await rotation.start(domain, { plan });
  await rotation.advance();
  expect(recorded).toEqual([[oldSelector]]);
  expect(signing()).toEqual([fresh]);
});

test("an activation that was interrupted after its effect is not repeated", async () => {
  const { activation } = world.environment();
  let activations = 0;
  restart({
    activation: {
      ...activation,
      async activate(of, keys) {
        activations++;
        await activation.activate(of, keys);
        throw new Error("the answer was lost");
      },
    },
  });
  await rotation.start(domain, { plan });
  await rotation.advance();
  expect(latest()).toMatchObject({ stage: "activate", problem: "the answer was lost" });
  await rotation.advance({ patience: "eager" });
  expect(latest()).toMatchObject({ stage: "overlap", outgoing: [{ selector: oldSelector }] });
  expect(activations).toBe(1);
});
