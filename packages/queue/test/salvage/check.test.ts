import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { beforeAll, expect, test } from "vitest";
import { checkQueue } from "../../src/index.ts";
import { folder, open } from "../embedded/fixture.ts";
import { allIn, type Found, overwrite, pageBytes, soundFile } from "./fixture.ts";

let sound = "";
let all: ReadonlyMap<string, Found> = new Map();

beforeAll(async () => {
  sound = await soundFile();
  all = await allIn(sound);
}, 60_000);

test("counts readable and unreadable messages, even while the queue is in use", async () => {
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

test("refuses a file that does not exist, and one that is not a queue", async () => {
  const directory = folder();
  const other = join(directory, "other.db");
  await expect(checkQueue(other)).rejects.toMatchObject({ code: "bad-option" });
  writeFileSync(other, "just a text\n".repeat(1000));
  await expect(checkQueue(other)).rejects.toMatchObject({ code: "queue-corrupt" });
});

test.each(["checkQueue(file)", 'recoverQueue(file, file + "-new")'])(
  "without node:sqlite %s rejects with one line that names the remedy",
  (call) => {
    const script = `
      import { checkQueue, recoverQueue } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
      const file = ${JSON.stringify(sound)};
      const { code, message } = await ${call}.catch((error) => error);
      console.log(code, message);`;
    const flags = ["--no-experimental-sqlite", "--input-type=module", "--eval", script];
    const { stdout } = spawnSync(process.execPath, flags, { encoding: "utf8" });
    expect(stdout).toBe(
      `bad-option the queue needs node:sqlite (Node 22.13 or later); this is Node ${process.versions.node}. Run a newer Node.js, or keep the queue in NATS JetStream\n`,
    );
  },
);
