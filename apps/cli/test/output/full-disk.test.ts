import { spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { fillDisk, smallDisk } from "@mailseal/testkit/small-disk";
import { beforeAll, describe, expect, test } from "vitest";
import { mailseal, program } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const queue = join(directory, "queue.db");
const key = join(directory, "example.com", "s.key");
const message = join(directory, "message.eml");
const disk = smallDisk(1024 * 1024, "file");

beforeAll(async () => {
  if (disk === undefined) return;
  mailseal(["keygen", "-d", "example.com", "-s", "s", "-t", "ed25519", "-o", directory]);
  writeFileSync(message, "From: a@example.com\r\n\r\nx\r\n");
  writeFileSync(
    join(directory, "mailseal.yaml"),
    JSON.stringify({ queue: { file: join(disk, "queue.db") } }),
  );
  await using opened = await openQueue({ file: queue });
  const destinations = [{ route: "mx a.example", recipients: [{ address: "ann@a.example" }] }];
  await opened.add({ envelope: { from: "joe@example.com" }, destinations }, Buffer.from("S: x"));
  fillDisk(disk, 0);
});

interface Case {
  readonly name: string;
  readonly args: (disk: string) => readonly string[];
  readonly environment?: (disk: string) => Readonly<Record<string, string>>;
}

const rotation = ["rotate", "start", "-d", "example.com", "-t", "ed25519"];

const cases: readonly Case[] = [
  {
    name: "keygen: the key",
    args: (full) => ["keygen", "-d", "example.com", "-s", "s", "-t", "ed25519", "-o", full],
  },
  { name: "demo: its directory", args: () => ["demo"], environment: (full) => ({ TMPDIR: full }) },
  {
    name: "domains add: the table",
    args: (full) => {
      const table = ["--database", join(full, "keys.db"), "--unchecked"];
      return ["domains", "add", "example.com", "s", key, ...table];
    },
  },
  {
    name: "queue list: a queue that does not exist yet",
    args: () => ["queue", "list", "-c", join(directory, "mailseal.yaml")],
  },
  {
    name: "queue recover: the new file",
    args: (full) => ["queue", "recover", "--file", queue, join(full, "recovered.db")],
  },
  {
    name: "rotate start: the state",
    args: (full) => [...rotation, "--keys", directory, "--state", join(full, "rotation.db")],
  },
];

describe.skipIf(disk === undefined)("a full disk for output files", () => {
  test.each(cases)("$name ends in one line with exit code 3", ({ args, environment }) => {
    const full = disk ?? "";
    const { code, stderr } = mailseal(args(full), "", environment?.(full));
    expect(stderr).toMatch(/^mailseal: [^\n]*(?:no space left on device|disk is full)[^\n]*\n$/);
    expect(code).toBe(3);
  });

  test("sign: the signed message", () => {
    const signed = openSync(join(disk ?? "", "signed.eml"), "w");
    const args = ["sign", "-d", "example.com", "-s", "s", "-k", key, message];
    const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
      stdio: ["ignore", signed, "pipe"],
      env: { PATH: process.env["PATH"] },
    });
    closeSync(signed);
    expect(stderr.toString()).toMatch(
      /^mailseal: cannot write standard output: no space left on device[^\n]*\n$/,
    );
    expect(status).toBe(3);
  });
});
