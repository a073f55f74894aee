import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLoginMap } from "@mailseal/policy";
import { createLog } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { WatchedTable } from "../../src/addresses/watched-table.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

async function opened() {
  const file = join(temporaryDirectory("test"), "senders");
  writeFileSync(file, "joe@example.com joe\n");
  const lines: string[] = [];
  const log = createLog({ level: "info", format: "json" }, { write: (line) => lines.push(line) });
  const map = await WatchedTable.open(
    { file, name: "senders file", read: (path) => readLoginMap(path, []) },
    log,
  );
  afterThisTest(async () => map.close());
  const size = async (): Promise<number> => (await map.current()).size;
  return { file, map, size, log: () => lines.join("") };
}

test("a table is read again when its file has not changed for a second", async () => {
  const { file, map, size, log } = await opened();
  writeFileSync(file, "");
  await map.look();
  expect(await size()).toBe(1);
  // Half of the table was written when the file was checked.
  writeFileSync(`${file}.new`, "joe@example.com joe\nann@example.com ann\n");
  renameSync(`${file}.new`, file);
  await map.look();
  expect(await size()).toBe(1);
  await map.look();
  expect(await size()).toBe(2);
  expect(log()).toContain('"entries":2');
});

test("if a table cannot be read, the previous one stays in force, and one error is logged", async () => {
  const { file, map, size, log } = await opened();
  for (const change of [() => writeFileSync(file, "half@a.li"), () => rmSync(file)]) {
    change();
    for (let times = 0; times < 4; times++) await map.look();
    expect(await size()).toBe(1);
  }
  expect(log().match(/stays in force/g)).toHaveLength(2);
});

test("reread reads the table at once, and lookups wait for it", async () => {
  const { file, map, size } = await opened();
  writeFileSync(file, "a@b.test a\nc@b.test c\n");
  void map.reread();
  expect(await size()).toBe(2);
});
