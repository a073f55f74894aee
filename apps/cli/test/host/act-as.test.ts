import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { getuid } from "node:process";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, onTestFinished, test } from "vitest";
import { actAs } from "../../src/host/act-as.ts";

const user = { uid: 54_321, gid: 54_321, gids: new Set([54_321, 54_322]) };
const greeting = { send: "6869", replyBytes: 2, bye: "" } as const;

function directory(): string {
  const made = temporaryDirectory("test");
  chmodSync(made, 0o755);
  return made;
}

describe.skipIf(getuid?.() !== 0)("a process of another user", () => {
  test("reads what the user may read, by any of its groups", async () => {
    const file = join(directory(), "file");
    writeFileSync(file, "x", { mode: 0o640 });
    expect(await actAs(user, { kind: "read", path: file })).toEqual({
      outcome: "failed",
      code: "EACCES",
    });
    const { chownSync } = await import("node:fs");
    chownSync(file, 0, 54_322);
    expect(await actAs(user, { kind: "read", path: file })).toMatchObject({ outcome: "done" });
  });

  test("names the first directory that it may not enter", async () => {
    const closed = join(directory(), "closed");
    mkdirSync(join(closed, "deeper"), { recursive: true });
    chmodSync(closed, 0o700);
    expect(await actAs(user, { kind: "read", path: join(closed, "deeper/file") })).toEqual({
      outcome: "failed",
      code: "EACCES",
      closed,
    });
  });

  test("connects from a directory above which it may not go", async () => {
    const closed = join(directory(), "closed");
    const inside = join(closed, "queue");
    mkdirSync(inside, { recursive: true });
    const server = createServer((socket) => socket.end("ok"));
    server.listen(join(inside, "s.sock"));
    await once(server, "listening");
    onTestFinished(() => void server.close());
    chmodSync(join(inside, "s.sock"), 0o666);
    chmodSync(closed, 0o700);
    const relative = {
      kind: "connect",
      to: { path: "s.sock" },
      from: inside,
      ...greeting,
    } as const;
    expect(await actAs(user, relative)).toEqual({ outcome: "done", reply: Buffer.from("ok") });
    const absolute = {
      kind: "connect",
      to: { path: join(inside, "s.sock") },
      ...greeting,
    } as const;
    expect(await actAs(user, absolute)).toEqual({ outcome: "failed", code: "EACCES", closed });
  });

  test("reports that nobody listens", async () => {
    const to = { path: join(directory(), "none.sock") };
    expect(await actAs(user, { kind: "connect", to, ...greeting })).toEqual({
      outcome: "failed",
      code: "ENOENT",
    });
  });
});
