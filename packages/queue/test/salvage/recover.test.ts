import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, expect, test } from "vitest";
import { checkQueue, openQueue, type Queue, recoverQueue } from "../../src/index.ts";
import { destinationTo, folder, messageTo, open } from "../embedded/fixture.ts";

const pageBytes = 8192;

function bodyOf(index: number): Buffer {
  const sizes = [500, 3000, 40_000, 600_000];
  return Buffer.alloc(sizes[index % 4] ?? 0, `<body ${index}>`);
}

/** Messages in every state, for one destination and for several, and room that was used before. */
async function fill(queue: Queue): Promise<void> {
  for (let index = 0; index < 40; index += 1) {
    await queue.add(messageTo(`gone${index % 3}`), bodyOf(index));
  }
  for (const lease of await queue.take(40, { maxBytes: 1e9 })) await lease.done();
  for (let index = 0; index < 60; index += 1) {
    const destinations = Array.from({ length: index % 10 === 0 ? 20 : 1 }, (_, at) =>
      destinationTo(`r${(index + at) % 30}.example`),
    );
    await queue.add(
      messageTo("", { destinations, context: new Map([["binding", "out"]]) }),
      bodyOf(index),
    );
  }
  const leases = await queue.take(30, { maxBytes: 1e9 });
  for (const [index, lease] of leases.entries()) {
    if (index % 3 === 0) await lease.dead("550 no");
    else if (index % 3 === 1) await lease.retry({ afterMs: 3_600_000, reason: "451 later" });
  }
  for (const { id } of (await queue.list({ state: "ready", limit: 5 })).messages) {
    await queue.hold(id);
  }
}

interface Found {
  readonly id: string;
  readonly state: string;
  readonly text: string;
}

async function allIn(file: string): Promise<ReadonlyMap<string, Found>> {
  const queue = await openQueue({ file, minFreeBytes: 0 });
  const found = new Map<string, Found>();
  for (const state of [undefined, "dead"] as const) {
    let after: string | undefined;
    do {
      const page = await queue.list({
        limit: 1000,
        ...(state && { state }),
        ...(after !== undefined && { after }),
      });
      for (const { dueMs: _, state: now, ...message } of page.messages) {
        const pieces: Uint8Array[] = [];
        for await (const piece of queue.content(message.id)) pieces.push(piece);
        const body = Buffer.concat(pieces).toString("latin1");
        const text = JSON.stringify({ ...message, context: [...message.context], body });
        found.set(message.id, { id: message.id, state: now, text });
      }
      after = page.next;
    } while (after !== undefined);
  }
  const { depth, dead } = await queue.stats();
  expect(depth + dead).toBe(found.size);
  await queue.close();
  return found;
}

function overwrite(path: string, position: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, position);
  closeSync(descriptor);
}

let sound = "";
let all: ReadonlyMap<string, Found> = new Map();

beforeAll(async () => {
  sound = join(mkdtempSync(join(tmpdir(), "mailseal-queue-")), "queue.db");
  const queue = await openQueue({ file: sound, minFreeBytes: 0 });
  await fill(queue);
  await queue.close();
  all = await allIn(sound);
  return () => rmSync(join(sound, ".."), { recursive: true, force: true });
}, 60_000);

/** What SQLite itself says of a page: how many messages can be in it at most. */
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

test("a sound file comes back whole, and the source stays as it is", async () => {
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

test(
  "one damaged page, whichever it is, loses only messages in it",
  { timeout: 300_000 },
  async () => {
    const pages = readFileSync(sound).length / pageBytes;
    const file = join(folder(), "queue.db");
    copyFileSync(`${sound}-mark`, `${file}-mark`);
    // Each of the first, where roots are, and some of the rest.
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
  },
);

test("destinations of a message whose rows are in a damaged page are listed, though others of it come back", async () => {
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

test("a file without its end loses only messages in there", async () => {
  const file = join(folder(), "queue.db");
  copyFileSync(sound, file);
  const pages = readFileSync(file).length / pageBytes;
  truncateSync(file, (pages - 3) * pageBytes - 4000);
  const { found } = await recovered(file);
  const cut = [0, 1, 2, 3].map((index) => messagesIn(pages - index));
  expect(all.size - found.size).toBeLessThanOrEqual(cut.reduce((sum, count) => sum + count, 0));
});

test("messages that only the WAL has come back, though its header is gone or its middle damaged", async () => {
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
  // And what SQLite would have made of it.
  await queue.close();
});

test("refuses a target that is there, a source that is not, and one in use", async () => {
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

test("a recovered file in the place of the old one raises no alarm", async () => {
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

test("check counts what can be read, and tells what cannot, also while the queue is in use", async () => {
  const file = join(folder(), "queue.db");
  copyFileSync(sound, file);
  expect(await checkQueue(file)).toMatchObject({
    readable: all.size,
    unreadable: [],
    findings: [],
  });
  const queue = await open(file);
  expect((await checkQueue(file)).readable).toBe(all.size);
  await queue.close();
  const position = readFileSync(file).lastIndexOf("<body 3><body 3>".repeat(20));
  overwrite(file, position - (position % pageBytes), Buffer.alloc(pageBytes, 0xee));
  const { readable, unreadable, findings } = await checkQueue(file);
  expect(unreadable.length).toBeGreaterThan(0);
  expect(readable + unreadable.length).toBe(all.size);
  expect(findings.length).toBeGreaterThan(0);
});
