import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { type LostMessage, Salvage, type SalvagedMessage } from "../../src/salvage/salvage.ts";
import { folder } from "../embedded/fixture.ts";
import { allIn, type Found, overwrite, pageBytes, soundFile } from "./fixture.ts";

let sound = "";
let all: ReadonlyMap<string, Found> = new Map();

beforeAll(async () => {
  sound = await soundFile();
  all = await allIn(sound);
}, 60_000);

function salvageOf(file: string): Salvage {
  const salvage = new Salvage(file);
  onTestFinished(() => salvage.close());
  return salvage;
}

function copyOf(file: string): string {
  const copy = join(folder(), "queue.db");
  copyFileSync(file, copy);
  return copy;
}

const isSalvaged = (found: SalvagedMessage | LostMessage): found is SalvagedMessage =>
  "message" in found;

test("every message of a sound file is found, with its route and body", () => {
  const salvage = salvageOf(sound);
  const found = [...salvage.messages()];
  expect([salvage.isQueue, salvage.findings]).toEqual([true, []]);
  expect(found.every(isSalvaged)).toBe(true);
  expect(found.length).toBe(all.size);
  for (const message of found.filter(isSalvaged)) {
    expect(message.routeName).toMatch(/^r\d+\.example$/);
    if (message.message.upload === null) continue;
    const sizes = [...salvage.pieces(message.message)].map((piece) => piece?.length ?? 0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(message.size);
  }
});

test("a file without any data of a queue is not one", () => {
  const file = join(folder(), "queue.db");
  writeFileSync(file, Buffer.alloc(10 * pageBytes, "text"));
  expect(salvageOf(file).isQueue).toBe(false);
});

test("messages whose rows in schedule are lost are held, so that nobody gets them twice", () => {
  const file = copyOf(sound);
  const database = new DatabaseSync(file, { readOnly: true });
  const pages = database.prepare("SELECT pageno FROM dbstat WHERE name = 'schedule'").all();
  database.close();
  for (const { pageno } of pages) {
    overwrite(file, (Number(pageno) - 1) * pageBytes, Buffer.alloc(pageBytes, 0xee));
  }
  for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  const found = [...salvageOf(file).messages()];
  const salvaged = found.filter(isSalvaged).filter(({ state }) => state !== "dead");
  expect(salvaged.length).toBeGreaterThan(0);
  expect(new Set(salvaged.map(({ state }) => state))).toEqual(new Set(["held"]));
  const lost = found.filter((message) => !isSalvaged(message));
  expect(lost.length).toBeGreaterThan(0);
  for (const { reason } of lost) expect(reason).toMatch(/destinations are in a damaged page/);
});
