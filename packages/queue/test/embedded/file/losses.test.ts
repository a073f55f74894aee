import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openQueue } from "../../../src/index.ts";
import { folder, messageTo, open } from "../fixture.ts";

const body = Buffer.alloc(1500, "x");

interface Left {
  readonly file: string;
  /** A copy from before the last 20 messages, with the WAL in it. */
  readonly older: string;
}

/** A queue of 40 messages as `kill -9` leaves it: what its processes wrote last is in the WAL. */
async function killed(): Promise<Left> {
  const directory = folder();
  const file = join(directory, "live.db");
  const queue = await open(file);
  for (let count = 0; count < 20; count += 1) await queue.add(messageTo("a"), body);
  await queue.close();
  const older = join(directory, "older.db");
  copyFileSync(file, older);
  const again = await open(file);
  for (let count = 0; count < 20; count += 1) await again.add(messageTo("a"), body);
  const left = join(directory, "queue.db");
  for (const end of ["", "-wal", "-shm", "-mark"]) copyFileSync(`${file}${end}`, `${left}${end}`);
  return { file: left, older };
}

function overwrite(path: string, position: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, position);
  closeSync(descriptor);
}

async function problemsOf(
  file: string,
): Promise<{ problems: readonly string[]; depth: number; missing?: number }> {
  const problems: string[] = [];
  const queue = await open(file, { onProblem: (problem) => problems.push(problem) });
  const { depth, missing } = await queue.stats();
  await queue.close();
  return { problems, depth, ...(missing === undefined ? {} : { missing }) };
}

test.each<[string, (left: Left) => void, number]>([
  [
    "the header of the WAL is gone",
    ({ file }) => overwrite(`${file}-wal`, 0, Buffer.alloc(32)),
    20,
  ],
  ["the WAL is gone", ({ file }) => rmSync(`${file}-wal`), 20],
  ["the WAL is empty", ({ file }) => truncateSync(`${file}-wal`), 20],
  ["the WAL is cut in a frame", ({ file }) => truncateSync(`${file}-wal`, 8192 * 60), -1],
  [
    "the WAL is damaged in the middle",
    ({ file }) => overwrite(`${file}-wal`, 8192 * 60, Buffer.alloc(100, 0xee)),
    -1,
  ],
  [
    "the database is an older copy, and the WAL is gone",
    ({ file, older }) => {
      copyFileSync(older, file);
      rmSync(`${file}-wal`);
      rmSync(`${file}-shm`);
    },
    20,
  ],
])("%s: the queue opens and reports the missing mail each time", async (_, damage, lost) => {
  const left = await killed();
  damage(left);
  const first = await problemsOf(left.file);
  const missing = lost === -1 ? 40 - first.depth : lost;
  expect(missing).toBeGreaterThan(0);
  expect(first.depth).toBe(40 - missing);
  expect(first.missing).toBe(missing);
  expect(first.problems).toHaveLength(1);
  expect(first.problems[0]).toContain(`up to ${missing} accepted messages are among them`);
  expect(await problemsOf(left.file)).toEqual(first);
  // Numbers of what was lost are not given again.
  const queue = await open(left.file);
  const { ids } = await queue.add(messageTo("a"), body);
  expect(ids[0]).toMatch(/-15$/);
});

test("the damaged WAL is kept as it was", async () => {
  const { file } = await killed();
  overwrite(`${file}-wal`, 0, Buffer.alloc(32));
  const found = readFileSync(`${file}-wal`);
  const { problems } = await problemsOf(file);
  expect(problems[0]).toContain(`${file}-wal-kept`);
  expect(readFileSync(`${file}-wal-kept`).equals(found)).toBe(true);
});

test.each<[string, (left: Left) => void]>([
  ["nothing is damaged", () => undefined],
  ["the -shm file is gone", ({ file }) => rmSync(`${file}-shm`)],
  ["the mark is gone", ({ file }) => rmSync(`${file}-mark`)],
  ["the mark is garbage", ({ file }) => writeFileSync(`${file}-mark`, "garbage\n")],
  [
    "the mark is behind, as after a power cut",
    ({ file }) => {
      const mark = readFileSync(`${file}-mark`, "latin1");
      writeFileSync(`${file}-mark`, mark.replace(/ (\d+) (\d+) (\d+) /, " 3 4 3 "));
    },
  ],
])("%s: nothing is lost or reported", async (_, damage) => {
  const left = await killed();
  damage(left);
  expect(await problemsOf(left.file)).toEqual({ problems: [], depth: 40 });
  expect(await problemsOf(left.file)).toEqual({ problems: [], depth: 40 });
});

test.each<[string, (file: string) => void]>([
  ["an empty file", (file) => truncateSync(file)],
  ["no file", (file) => rmSync(file)],
])("%s in place of a queue with mail is refused, and its WAL is kept", async (_, damage) => {
  const { file } = await killed();
  damage(file);
  const walBytes = statSync(`${file}-wal`).size;
  await expect(openQueue({ file })).rejects.toMatchObject({
    code: "queue-corrupt",
    message: expect.stringContaining("which held 40 messages"),
  });
  expect(statSync(`${file}-wal`).size).toBe(walBytes);
  rmSync(`${file}-mark`);
  await expect(openQueue({ file })).rejects.toMatchObject({ code: "queue-corrupt" });
  rmSync(`${file}-wal`);
  expect(await problemsOf(file)).toEqual({ problems: [], depth: 0 });
});

test("another queue in its place is reported, unless the first one was empty", async () => {
  const { file } = await killed();
  const other = join(folder(), "queue.db");
  await (await open(other)).close();
  for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`);
  copyFileSync(other, file);
  const { problems } = await problemsOf(file);
  expect(problems[0]).toMatch(/which was here before, held 40 messages/);
  const third = join(folder(), "queue.db");
  await (await open(third)).close();
  copyFileSync(third, other);
  expect(await problemsOf(other)).toEqual({ problems: [], depth: 0 });
});

test("commits of many processes are not reported as a loss", async () => {
  const file = join(folder(), "queue.db");
  const handles = await Promise.all([open(file), open(file), open(file)]);
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(handles.map((handle) => handle.add(messageTo("a"), body)));
    expect((await problemsOf(file)).problems).toEqual([]);
  }
  expect(existsSync(`${file}-mark`)).toBe(true);
});
