import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { beforeAll, expect, test } from "vitest";
import { mailseal, program } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const file = join(directory, "queue.db");
const content = "Subject: Lunch\r\n\r\nAt noon?\r\n";
let [first, second] = ["", ""];

beforeAll(async () => {
  await using opened = await openQueue({ file });
  const add = async (route: string): Promise<string> => {
    const destinations = [{ route: `mx ${route}`, recipients: [{ address: `ann@${route}` }] }];
    const envelope = { from: "joe@example.com" };
    const { ids } = await opened.add({ envelope, destinations }, Buffer.from(content));
    return ids[0] ?? "";
  };
  first = await add("a.example");
  second = await add("b.example");
  const leases = await opened.take(2);
  for (const lease of leases) {
    if (lease.message.id === second) await lease.dead("550 5.1.1 No\u001b[31m such user");
    else await lease.release();
  }
});

function queue(...args: readonly string[]): ReturnType<typeof mailseal> {
  return mailseal(["queue", ...args, "--file", file]);
}

test("list prints queued messages or dead letters", () => {
  const { stdout, code } = queue("list");
  expect(code).toBe(0);
  expect(stdout.split("\t")).toEqual(
    expect.arrayContaining([first, "ready", "mx a.example", "<joe@example.com>", "ann@a.example"]),
  );
  const dead = queue("list", "--state", "dead").stdout;
  expect(dead).toContain("550 5.1.1 No\\u001b[31m such user");
  expect(dead).not.toContain(first);
  expect(JSON.parse(queue("list", "--json", "--limit", "1").stdout)).toMatchObject({ id: first });
});

test("show prints the message", () => {
  expect(JSON.parse(queue("show", first).stdout)).toMatchObject({ route: "mx a.example" });
  expect(queue("show", first, "--content").stdout).toBe(content);
  expect(queue("show", "12345678").code).toBe(1);
});

test("messages can be held, released, retried and dropped", () => {
  expect(queue("hold", first)).toMatchObject({ code: 0, stdout: "1 of 1 changed\n" });
  expect(queue("list", "--state", "held").stdout).toContain(first);
  expect(queue("release", first).code).toBe(0);
  expect(queue("retry", second).code).toBe(0);
  expect(queue("list", "--state", "dead").stdout).toBe("");
  expect(queue("drop", first, second)).toMatchObject({ stdout: "2 of 2 changed\n" });
  expect(queue("drop", first).code).toBe(1);
  expect(queue("list").stdout).toBe("");
});

test.each([
  [["list", "--file", "/nonexistent.db"], 3],
  [["list", "-c", "/nonexistent.yaml"], 3],
  [["list", "--file", "a", "--nats", "b"], 2],
  [["list", "--limit", "many"], 2],
  [["drop"], 2],
])("%j ends with exit code %i", (args, code) => {
  expect(mailseal(["queue", ...args]).code).toBe(code);
});

test("a Node.js without node:sqlite is reported in one line", () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--no-experimental-sqlite", program, "queue", "list", "--file", file],
    { env: { PATH: process.env["PATH"] } },
  );
  expect(stderr.toString()).toMatch(
    /^mailseal: the queue needs node:sqlite \(Node 22\.13 or later\); this is Node [\d.]+\. [^\n]+\n$/,
  );
  expect(status).toBe(3);
});
