import { existsSync } from "node:fs";
import { join } from "node:path";
import { RotationError, type RotationErrorCode, type RotationSetup } from "@mailseal/rotation";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { withState } from "../../src/rotate/open-rotation.ts";

const directory = temporaryDirectory("file");
const state = join(directory, "rotation.db");
const domain = "example.com";
const setup: RotationSetup = {
  keyDirectory: join(directory, "keys"),
  publish: { method: "zone" },
  resolvers: ["127.0.0.1:1"],
  activate: { method: "table", database: join(directory, "keys.db") },
};

test("an existing state file must exist", async () => {
  const opened = withState(state, "existing", async () => undefined);
  await expect(opened).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/there is no rotation state at .*; create it with/) as string,
  });
  expect(existsSync(state)).toBe(false);
});

test("rotations that have ended are not open, and the setup is that of the start", async () => {
  await withState(state, "make", async ({ rotationOf, openRotations }) => {
    const rotation = rotationOf(setup);
    await rotation.start(domain, { setup });
    await rotation.abort(domain);
    expect(openRotations(domain)).toMatchObject([{ domain, stage: "retire", setup }]);
    expect(openRotations("example.net")).toEqual([]);
  });
  await withState(state, "existing", async ({ openRotations, rotationOfState }) => {
    const [open] = openRotations();
    if (open === undefined) throw new Error("no rotation is open");
    expect(rotationOfState(open).status()).toHaveLength(1);
    const { setup: _, ...unknown } = open;
    expect(() => rotationOfState(unknown)).toThrow(/there is no rotation of example\.com/);
  });
});

test.each<[code: RotationErrorCode, exitCode: number]>([
  ["bad-domain", 2],
  ["bad-plan", 2],
  ["bad-selector", 2],
  ["rotation-under-way", 1],
  ["other-activation", 1],
  ["fewer-types", 1],
  ["no-rotation", 1],
  ["cannot-abort", 1],
  ["busy", 75],
  ["lease-lost", 75],
  ["journal", 3],
])("the error %s ends with exit code %i", async (code, exitCode) => {
  const failing = withState(":memory:", "make", () =>
    Promise.reject(new RotationError(code, "the reason")),
  );
  await expect(failing).rejects.toMatchObject({ exitCode, message: "the reason" });
});

test("an unexpected error stays as it is", async () => {
  const defect = new TypeError("a defect");
  await expect(withState(":memory:", "make", () => Promise.reject(defect))).rejects.toBe(defect);
});
