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
import { domain, oldSelector } from "../support/world.ts";

test("a key file from somebody else is neither used nor overwritten", async () => {
  await rotation.start(domain, { plan });
  const path = `/keys/${domain}/${fresh}.key`;
  const other = world.files.get(`/keys/${domain}/${oldSelector}.key`) ?? "";
  world.files.set(path, other);
  await rotation.advance();
  expect(latest()).toMatchObject({
    stage: "generate",
    cause: "failed",
    problem: expect.stringMatching(/should hold the key SHA256:/) as string,
  });
  expect(latest()?.problem).not.toContain("PRIVATE");
  expect(world.files.get(path)).toBe(other);
});

describe("a key that the signer cannot use", () => {
  const restartWithSigner = (objection: () => string | undefined): void =>
    restart({ signer: { objection: async () => objection() } });

  test.each(["generate", "publish", "confirm", "activate"] as const)(
    "stops the rotation in the stage %s, with the reason, until it can",
    async (stage) => {
      let refuses = stage === "generate";
      // The signer is consulted once in each stage but the first.
      restartWithSigner(() => {
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
      restartWithSigner(() => undefined);
      await rotation.advance({ patience: "eager" });
      expect(signing()).toEqual([fresh]);
    },
  );

  test("is not returned to either: the new key keeps signing", async () => {
    await rotation.start(domain, { plan });
    await rotation.advance();
    restartWithSigner(() => "no");
    await rotation.abort(domain);
    await rotation.advance();
    expect(latest()).toMatchObject({ stage: "activate", cause: "failed" });
    expect(signing()).toEqual([fresh]);
    expect(world.breaches).toEqual([]);
  });
});
