import { copyFileSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, expect, test } from "vitest";
import { recoverQueue } from "../../src/index.ts";
import { destinationTo, folder, messageTo, open } from "../embedded/fixture.ts";
import { allIn, bodyOf, type Found, overwrite, pageBytes, soundFile } from "./fixture.ts";

let sound = "";
let all: ReadonlyMap<string, Found> = new Map();

beforeAll(async () => {
  sound = await soundFile();
  all = await allIn(sound);
}, 60_000);

/** The maximum number of messages in a page, according to SQLite. */
function messagesIn(page: number): number {
  const database = new DatabaseSync(sound, { readOnly: true });
  const { name, pagetype, ncell } = (database
    .prepare("SELECT name, pagetype, ncell FROM dbstat WHERE pageno = ?")
    .get(page) ?? {}) as {
    readonly name?: string;
    readonly pagetype?: string;
    readonly ncell?: number;
  };
  const shared = database.prepare("SELECT max(live + dead) AS most FROM shared").get();
  database.close();
  const rows = pagetype === "overflow" ? 1 : pagetype === "leaf" ? (ncell ?? 0) : 0;
  if (name === "schedule" || name === "dead") return rows;
  return name === "message" || name === "piece" ? rows * Number(shared?.["most"]) : 0;
}

async function recovered(file: string): Promise<{
  readonly found: ReadonlyMap<string, Found>;
  readonly lost: readonly string[];
  readonly findings: readonly string[];
}> {
  const target = join(folder(), "new.db");
  const { lost, findings } = await recoverQueue(file, target);
  return { found: await allIn(target), lost: lost.map(({ id }) => id), findings };
}

test("every message of a sound file is recovered, and the source is not changed", async () => {
  const before = readFileSync(sound);
  const { found, lost, findings } = await recovered(sound);
  expect([lost, findings]).toEqual([[], []]);
  const settled = (entries: ReadonlyMap<string, Found>): readonly Found[] =>
    [...entries.values()]
      .map(({ id, state, text }) => ({ id, state: state === "leased" ? "ready" : state, text }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(settled(found)).toEqual(settled(all));
  expect(readFileSync(sound).equals(before)).toBe(true);
});

test("a damaged page loses no messages but those in it", { timeout: 300_000 }, async () => {
  const pages = readFileSync(sound).length / pageBytes;
  const file = join(folder(), "queue.db");
  copyFileSync(`${sound}-mark`, `${file}-mark`);
  // Each of the first pages, which have the roots, and some of the rest.
  for (let page = 1; page <= pages; page += page < 24 ? 1 : 97) {
    copyFileSync(sound, file);
    const damage = page % 2 === 0 ? Buffer.alloc(pageBytes, 0xee) : Buffer.alloc(pageBytes / 2);
    overwrite(file, (page - 1) * pageBytes, damage);
    const { found, lost } = await recovered(file);
    const missing = [...all.keys()].filter((id) => !found.has(id));
    expect(missing.length, `page ${page}`).toBeLessThanOrEqual(messagesIn(page));
    for (const [id, { text, state }] of found) {
      const { text: wanted } = all.get(id) ?? { text: "" };
      if (state !== "held") expect(text, `page ${page}`).toBe(wanted);
    }
    expect(lost.every((id) => missing.includes(id))).toBe(true);
  }
});

test("destinations in a damaged page are listed as lost, although the others are recovered", async () => {
  const directory = folder();
  const file = join(directory, "queue.db");
  const queue = await open(file);
  const destinations = Array.from({ length: 400 }, (_, at) => destinationTo(`d${at}.example`));
  await queue.add(messageTo("", { destinations }), bodyOf(1));
  await queue.close();
  const database = new DatabaseSync(file);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const leaf = database
    .prepare("SELECT pageno, ncell FROM dbstat WHERE name = 'schedule' AND pagetype = 'leaf'")
    .all()[1];
  database.close();
  overwrite(file, (Number(leaf?.["pageno"]) - 1) * pageBytes, Buffer.alloc(pageBytes, 0xee));
  for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  const { recovered: count, lost } = await recoverQueue(file, join(directory, "new.db"));
  expect(count).toBe(400 - Number(leaf?.["ncell"]));
  expect(lost).toMatchObject([
    {
      id: expect.stringMatching(/^.+-.+$/),
      reason: `${Number(leaf?.["ncell"])} of its 400 destinations are in a damaged page; the others were read`,
      sizeBytes: 3000,
    },
  ]);
});

test("a truncated file loses no messages but those in the missing part", async () => {
  const file = join(folder(), "queue.db");
  copyFileSync(sound, file);
  const pages = readFileSync(file).length / pageBytes;
  truncateSync(file, (pages - 3) * pageBytes - 4000);
  const { found } = await recovered(file);
  const cut = [0, 1, 2, 3].map((index) => messagesIn(pages - index));
  expect(all.size - found.size).toBeLessThanOrEqual(cut.reduce((sum, count) => sum + count, 0));
});

test("messages in the WAL are recovered, even if its header or its middle is damaged", async () => {
  const live = join(folder(), "live.db");
  const queue = await open(live);
  for (let index = 0; index < 40; index += 1) await queue.add(messageTo(`r${index}`), bodyOf(0));
  const take = (): string => {
    const file = join(folder(), "queue.db");
    for (const end of ["", "-wal", "-mark"]) copyFileSync(`${live}${end}`, `${file}${end}`);
    return file;
  };
  const headless = take();
  overwrite(`${headless}-wal`, 0, Buffer.alloc(32));
  const first = await recovered(headless);
  expect(first.found.size).toBe(40);
  expect(first.findings[0]).toMatch(/header of the WAL/);
  const torn = take();
  overwrite(`${torn}-wal`, 32 + 100 * (pageBytes + 24) + 1000, Buffer.alloc(200, 0xee));
  const second = await recovered(torn);
  expect(second.found.size).toBeGreaterThan(35);
  await queue.close();
});

test("refuses an existing target, a missing source, and a source in use", async () => {
  const directory = folder();
  const there = join(directory, "there.db");
  copyFileSync(sound, there);
  await expect(recoverQueue(sound, there)).rejects.toMatchObject({ code: "bad-option" });
  const target = join(directory, "new.db");
  await expect(recoverQueue(join(directory, "no.db"), target)).rejects.toMatchObject({
    code: "bad-option",
  });
  await open(there);
  await expect(recoverQueue(there, target)).rejects.toMatchObject({ code: "queue-unavailable" });
});

test("a recovered file in place of the old one is not reported as a loss", async () => {
  const directory = folder();
  const file = join(directory, "queue.db");
  copyFileSync(sound, file);
  copyFileSync(`${sound}-mark`, `${file}-mark`);
  await recoverQueue(file, join(directory, "new.db"));
  copyFileSync(join(directory, "new.db"), file);
  const problems: string[] = [];
  const queue = await open(file, { onProblem: (problem) => problems.push(problem) });
  expect(problems).toEqual([]);
  const { ids } = await queue.add(messageTo("a"), Buffer.from("x"));
  expect(all.has(ids[0] ?? "")).toBe(false);
});

test("a target that cannot be written is reported as an error of the queue, and not left behind", async () => {
  const target = join(folder(), "nowhere", "new.db");
  await expect(recoverQueue(sound, target)).rejects.toMatchObject({
    name: "QueueError",
    code: "queue-unavailable",
    message: expect.stringContaining("nowhere/new.db"),
  });
});
