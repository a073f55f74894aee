import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { findUser, type SystemUser, unreadableBy } from "../../src/admin/signer-user.ts";

describe("a user", () => {
  test("is found by name and by number", async () => {
    const root = { uid: 0, gid: 0 };
    expect(await findUser("root")).toMatchObject({ name: "root", ...root });
    expect(await findUser("0")).toMatchObject({ name: "0", ...root });
  });

  test("may have no name, as in a container", async () => {
    expect(await findUser("54321")).toEqual({
      name: "54321",
      uid: 54_321,
      gid: 54_321,
      gids: new Set([54_321]),
    });
  });

  test.each(["no-such-user", "", "-u", "a b", "a;b", "12345678901"])(
    "%j is not found",
    async (name) => {
      expect(await findUser(name)).toBeUndefined();
    },
  );
});

describe("a key file", () => {
  const directory = temporaryDirectory("file");
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const folder = join(directory, "keys");
  const file = join(folder, "s.key");
  mkdirSync(folder);
  writeFileSync(file, "key");
  const userWith = (user: Partial<SystemUser>): SystemUser => ({
    name: "signer",
    uid: 54_321,
    gid: 54_321,
    gids: new Set([54_321]),
    ...user,
  });
  const stranger = userWith({});
  const owner = userWith({ uid });
  const member = userWith({ gids: new Set([gid]) });

  test.each([
    ["the owner", owner, 0o400, true],
    ["a member of the group", member, 0o040, true],
    ["a member of the group, without its permission", member, 0o404, false],
    ["everybody", stranger, 0o004, true],
    ["a stranger, without permission", stranger, 0o440, false],
  ])("is readable by %s", async (_, user, mode, isReadable) => {
    chmodSync(directory, 0o755);
    chmodSync(folder, 0o755);
    chmodSync(file, mode);
    const reason = await unreadableBy(user, file);
    // The permissions of root are not checked.
    expect(reason === undefined).toBe(isReadable || user.uid === 0);
    if (reason !== undefined) expect(reason).toMatch(/^user signer \(54321\) cannot read /);
  });

  test("is not readable in a folder that the user cannot enter, even through a link", async () => {
    chmodSync(directory, 0o755);
    chmodSync(folder, 0o700);
    chmodSync(file, 0o644);
    const link = join(directory, "link.key");
    symlinkSync(file, link);
    for (const path of [file, link]) {
      expect(await unreadableBy(stranger, path)).toBe(
        `user signer (54321) cannot enter "${folder}"; chmod or chgrp the folder, or move the key`,
      );
    }
  });
});
