import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MarkFile, readMark } from "../../../src/embedded/file/mark-file.ts";
import { folder } from "../fixture.ts";

const mark = { tag: "abcde", commits: 12, nextSeq: 34, messages: 5 };

function newFile(): string {
  const file = join(folder(), "queue.db");
  writeFileSync(file, "");
  return file;
}

test("a mark is read as it was written, and a shorter one leaves nothing of a longer one", () => {
  const file = newFile();
  const marks = new MarkFile(file);
  marks.write({ ...mark, commits: 123_456_789 });
  marks.write(mark);
  marks.sync();
  marks.close();
  expect(readMark(file)).toEqual(mark);
  expect(readFileSync(`${file}-mark`, "latin1")).toMatch(/^[ -~]{127}\n$/);
});

test("the mark has the mode of the database", () => {
  const file = newFile();
  chmodSync(file, 0o640);
  const marks = new MarkFile(file);
  marks.write(mark);
  marks.close();
  expect(statSync(`${file}-mark`).mode & 0o777).toBe(0o640);
});

test("a mark that cannot be written is not an error", () => {
  const file = newFile();
  mkdirSync(`${file}-mark`);
  const marks = new MarkFile(file);
  expect(() => {
    marks.write(mark);
    marks.sync();
    marks.close();
  }).not.toThrow();
  expect(readMark(file)).toBeUndefined();
});

test("any other bytes are not a mark, and not an error (property)", () => {
  const file = newFile();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      writeFileSync(`${file}-mark`, bytes);
      expect(readMark(file)).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});
