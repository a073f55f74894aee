import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { Added, Queue } from "../../../src/index.ts";
import { folder, messageTo, open } from "../fixture.ts";

const windowMs = 600_000;

function send(queue: Queue, dedupId: string, fingerprint = "same"): Promise<Added> {
  return queue.add(
    messageTo("a", { dedupId, resend: { fingerprint, windowMs } }),
    Buffer.from("x"),
  );
}

async function accepting(file: string, ...args: readonly string[]): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("../accepting-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout ?? child, "data");
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("a message whose reply was lost is added once, whichever process receives it again", async () => {
  const file = join(folder(), "queue.db");
  const [first, second] = [await open(file), await open(file)];
  const accepted = await send(first, "one");
  expect(accepted).toMatchObject({ duplicate: false });
  await accepted.pendingReply?.lost();
  const again = await send(second, "two");
  expect(again).toMatchObject({ duplicate: true, sentAgain: "one", ids: [] });
  await again.pendingReply?.lost();
  const third = await send(first, "three");
  expect(third).toMatchObject({ sentAgain: "one" });
  third.pendingReply?.received();
  expect((await first.stats()).depth).toBe(1);
  expect(await send(first, "four")).toMatchObject({ duplicate: false });
});

test("after a received reply, or while the client is still connected, an equal message is new", async () => {
  const file = join(folder(), "queue.db");
  const [first, second] = [await open(file), await open(file)];
  (await send(first, "one")).pendingReply?.received();
  for (const queue of [second, first, second]) {
    expect(await send(queue, `more ${Math.random()}`)).toMatchObject({ duplicate: false });
  }
  expect((await first.stats()).depth).toBe(4);
});

test("a second reply is pending as the first one was", async () => {
  const file = join(folder(), "queue.db");
  const [first, second] = [await open(file), await open(file)];
  await (await send(first, "one")).pendingReply?.lost();
  const again = await send(second, "two");
  expect(again.sentAgain).toBe("one");
  expect(await send(first, "three")).toMatchObject({ duplicate: false });
});

test("a different message is new, and so is an equal one after the window", async () => {
  let nowMs = 1_000_000;
  const clock = (): number => nowMs;
  const file = join(folder(), "queue.db");
  const queue = await open(file, { clock, elapsedMs: clock, maintenanceMs: 10 });
  await (await send(queue, "one", "of ann")).pendingReply?.lost();
  expect(await send(queue, "two", "of eve")).toMatchObject({ duplicate: false });
  nowMs += windowMs - 1;
  const again = await send(queue, "three", "of ann");
  expect(again.sentAgain).toBe("one");
  await again.pendingReply?.lost();
  nowMs += windowMs;
  expect(await send(queue, "four", "of ann")).toMatchObject({ duplicate: false });
});

test(
  "after a process is killed, messages whose replies were pending are recognized",
  { timeout: 30_000 },
  async () => {
    const directory = folder();
    const file = join(directory, "queue.db");
    const child = await accepting(file, "one");
    const queue = await open(file);
    // While the process is alive, its client may still be connected.
    const other = await send(queue, "two");
    expect(other).toMatchObject({ duplicate: false });
    other.pendingReply?.received();
    await killed(child);
    await killed(await accepting(file, "three"));
    expect(await send(queue, "four")).toMatchObject({ sentAgain: "three" });
    await queue.close();
    expect(readdirSync(directory).filter((name) => name.includes("-open-"))).toEqual([]);
  },
);

test(
  "after a process is killed, messages whose replies were received are new",
  { timeout: 30_000 },
  async () => {
    const file = join(folder(), "queue.db");
    await killed(await accepting(file, "one", "received"));
    expect(await send(await open(file), "two")).toMatchObject({ duplicate: false });
  },
);

test("a long body that is sent again leaves no pieces", async () => {
  const queue = await open(join(folder(), "queue.db"));
  const body = Buffer.alloc(1_000_000);
  const asked = { fingerprint: "same", windowMs };
  const accepted = await queue.add(messageTo("a", { dedupId: "one", resend: asked }), body);
  await accepted.pendingReply?.lost();
  const again = await queue.add(messageTo("a", { dedupId: "two", resend: asked }), body);
  expect(again.sentAgain).toBe("one");
  expect(await queue.stats()).toMatchObject({ depth: 1, bytes: 1_000_000 });
});
