import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MailsealError } from "@mailseal/errors";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import {
  asUnusable,
  cannotRead,
  nameOf,
  readChunks,
  readText,
  readWhole,
  statOf,
  whyUnreadable,
} from "../../src/files/input.ts";

const directory = temporaryDirectory("file");
const file = join(directory, "file");
writeFileSync(file, "grüße");

test("a file is read whole, up to the limit", async () => {
  expect(await readText(file, 7)).toBe("grüße");
  await expect(readWhole(file, 6)).rejects.toMatchObject({
    exitCode: 3,
    message: `${file} is larger than 6 bytes, the limit; is this the right file?`,
  });
});

test("a large file comes in several chunks", async () => {
  const large = join(directory, "large");
  writeFileSync(large, Buffer.alloc(3 << 20, "x"));
  const sizes: number[] = [];
  for await (const chunk of readChunks(large)) sizes.push(chunk.length);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3 << 20);
});

describe("the reason that a file cannot be read", () => {
  test.each([
    [join(directory, "none"), "there is no such file"],
    [directory, "it is a directory"],
    [join(file, "below"), "a part of the path is not a directory"],
  ])("%s: %s", async (path, reason) => {
    await expect(readWhole(path, 100)).rejects.toMatchObject({
      exitCode: 3,
      message: `cannot read ${path}: ${reason}`,
    });
  });

  test("names standard input, and the code of an unknown error", () => {
    expect(nameOf("-")).toBe("standard input");
    expect(cannotRead("-", Object.assign(new Error(), { code: "EIO" })).message).toBe(
      "cannot read standard input: EIO",
    );
    expect(whyUnreadable(undefined)).toBe("reading failed");
  });
});

test("the type of a file is known, or that there is none", () => {
  expect(statOf(directory)?.isDirectory()).toBe(true);
  expect(statOf(join(directory, "none"))).toBeUndefined();
  const loop = join(directory, "loop");
  symlinkSync(loop, loop);
  expect(() => statOf(loop)).toThrow(`cannot read ${loop}: its symbolic links go in circles`);
});

test("an error about the content of a file names the file; others stay as they are", () => {
  expect(asUnusable("-", new MailsealError("x", "too long"))).toMatchObject({
    exitCode: 3,
    message: "standard input: too long",
  });
  const defect = new TypeError("a defect");
  expect(asUnusable("-", defect)).toBe(defect);
});
