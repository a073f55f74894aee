import cluster from "node:cluster";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { pino } from "pino";
import { expect, test } from "vitest";
import { Supervisor } from "../../src/processes/supervisor.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

const fakeChild = fileURLToPath(new URL("../support/fake-child-process.ts", import.meta.url));

interface Supervised {
  readonly supervisor: Supervisor;
  /** The parent's requests so far. */
  readonly asked: () => readonly string[];
  /** The config texts that each process got so far, with the request. */
  readonly texts: () => readonly string[];
}

/** Three processes, numbered as they start, of which one refuses a step, and one ends at a step. */
async function supervised(refusing: number, step: string, ending = 0): Promise<Supervised> {
  const notes = join(temporaryDirectory("test"), "notes");
  for (const file of [notes, `${notes}.texts`]) writeFileSync(file, "");
  cluster.setupPrimary({ exec: fakeChild });
  let started = 0;
  const supervisor = await Supervisor.start({
    processes: 3,
    configText: "first",
    log: pino({ enabled: false }),
    stopDeadlineMs: 1000,
    firstBackoffMs: 1,
    environment: () => {
      started++;
      return {
        NOTES: notes,
        PLACE: String(started),
        REFUSES: started === refusing ? step : "",
        ENDS_AT: started === ending ? step : "",
        // Those that are restarted take a moment.
        START_MS: started > 3 ? "300" : "0",
      };
    },
  });
  afterThisTest(() => supervisor.stop());
  const linesOf = (file: string) => (): readonly string[] =>
    readFileSync(file, "utf8").trimEnd().split("\n");
  return { supervisor, asked: linesOf(notes), texts: linesOf(`${notes}.texts`) };
}

const loaded = ["1 load-config", "2 load-config", "3 load-config"];

test("puts a config that every process has loaded in force in one after the other", async () => {
  const { supervisor, asked } = await supervised(0, "");
  await supervisor.reload("new");
  const lines = asked();
  expect(lines.slice(0, 3).toSorted()).toEqual(loaded);
  expect(lines.slice(3)).toEqual(["1 use-config", "2 use-config", "3 use-config"]);
});

test("keeps the previous config in every process if one of them cannot load the new one", async () => {
  const { supervisor, asked } = await supervised(2, "load-config");
  await expect(supervisor.reload("new")).rejects.toThrow("process 2 refuses");
  const discarded = ["1 discard-config", "2 discard-config", "3 discard-config"];
  await expect.poll(() => asked().toSorted()).toEqual([...discarded, ...loaded].toSorted());
});

test("keeps the previous config in every process if the first one cannot use the new one", async () => {
  const { supervisor, asked } = await supervised(1, "use-config");
  await expect(supervisor.reload("new")).rejects.toThrow("process 1 refuses");
  await expect.poll(() => asked()).toContain("3 discard-config");
  await expect.poll(() => asked()).toContain("2 discard-config");
  expect(asked().filter((line) => line.endsWith("use-config"))).toEqual(["1 use-config"]);
});

test("keeps the previous config if the first process ended instead of using the new one, and the next refuses it", async () => {
  const { supervisor, asked, texts } = await supervised(2, "use-config", 1);
  await expect(supervisor.reload("new")).rejects.toThrow("process 2 refuses");
  await expect.poll(() => asked()).toContain("3 discard-config");
  expect(asked()).not.toContain("3 use-config");
  await expect.poll(() => texts()).toContain("4 start first");
});

test("replaces a process that refuses a config that another one uses already", async () => {
  const { supervisor, asked } = await supervised(2, "use-config");
  const before = supervisor.processIds;
  await supervisor.reload("new");
  await expect.poll(() => asked()).toContain("2 stop");
  expect(asked()).toContain("3 use-config");
  const newProcesses = (): number =>
    supervisor.processIds.filter((id) => !before.includes(id)).length;
  await expect.poll(newProcesses).toBe(1);
  await expect.poll(() => supervisor.isReady).toBe(true);
  await supervisor.reload("new");
  await expect.poll(() => asked()).toContain("4 use-config");
});

test("a reload asks a process that is starting as soon as it is ready", async () => {
  const { supervisor, asked } = await supervised(0, "");
  const [first = 0] = supervisor.processIds;
  process.kill(first, "SIGKILL");
  const others = (): number => supervisor.processIds.filter((id) => id !== first).length;
  await expect.poll(others).toBe(3);
  expect(supervisor.isReady).toBe(false);
  await supervisor.reload("new");
  expect(asked()).toContain("4 load-config");
  expect(asked()).toContain("4 use-config");
  expect(supervisor.isReady).toBe(true);
});

test("does not start, and raises no uncaught error, if the system cannot start a process", async () => {
  cluster.setupPrimary({ exec: fakeChild, cwd: join(temporaryDirectory("test"), "absent") });
  afterThisTest(async () => cluster.setupPrimary({ cwd: process.cwd() }));
  const lines: string[] = [];
  const started = Supervisor.start({
    processes: 2,
    configText: "first",
    log: pino({}, { write: (line) => lines.push(line) }),
    stopDeadlineMs: 1000,
  });
  await expect(started).rejects.toMatchObject({ code: "child-process" });
  expect(lines.filter((line) => line.includes("ENOENT"))).toHaveLength(2);
});

test("gives every process the same text of the config file, at its start and at a reload", async () => {
  const { supervisor, texts } = await supervised(0, "");
  await supervisor.reload("new");
  expect(texts().toSorted()).toEqual([
    "1 load-config new",
    "1 start first",
    "2 load-config new",
    "2 start first",
    "3 load-config new",
    "3 start first",
  ]);
});

test("restarts a process with the config that is in force, not with one that was refused", async () => {
  const { supervisor, texts } = await supervised(2, "load-config");
  await expect(supervisor.reload("refused")).rejects.toThrow("process 2 refuses");
  // The one that refuses.
  process.kill(supervisor.processIds[1] ?? 0, "SIGKILL");
  await expect.poll(() => texts()).toContain("4 start first");
  await expect.poll(() => supervisor.isReady).toBe(true);
  await supervisor.reload("new");
  process.kill(supervisor.processIds[0] ?? 0, "SIGKILL");
  await expect.poll(() => texts()).toContain("5 start new");
});

test("starts a process that ended during a reload with the new config", async () => {
  const { supervisor, texts } = await supervised(0, "load-config", 3);
  await supervisor.reload("new");
  // The fourth may still have started with the previous one: then it is replaced by the fifth.
  const started = (): boolean => texts().some((line) => /^[45] start new$/.test(line));
  await expect.poll(started).toBe(true);
  await expect.poll(() => supervisor.isReady).toBe(true);
});
