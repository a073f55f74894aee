import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { barrierTo } from "../../src/host/access.ts";
import { fakeRoot } from "./fake-root.ts";

const user = { name: "postfix", uid: 54_321, gid: 54_321, gids: new Set([54_321]) };

test("nothing stops a user on an open way", async () => {
  const { host, write } = fakeRoot();
  write("/etc/mailseal/s.key", "key", 0o644);
  expect(await barrierTo(host, user, "/etc/mailseal/s.key", "read")).toBeUndefined();
  expect(await barrierTo(host, user, "/etc/mailseal/s.key", "write")).toEqual({
    path: "/etc/mailseal/s.key",
    refuses: "write",
  });
});

test("the first folder that the user cannot enter is named, seen from the machine's root", async () => {
  const { host, path, write } = fakeRoot();
  write("/etc/mailseal/keys/s.key", "key", 0o644);
  chmodSync(path("/etc/mailseal/keys"), 0o700);
  chmodSync(path("/etc/mailseal"), 0o700);
  expect(await barrierTo(host, user, "/etc/mailseal/keys/s.key", "read")).toEqual({
    path: "/etc/mailseal/keys",
    refuses: "enter",
  });
});

test("a link leads to the permissions of its target", async () => {
  const { host, path, write } = fakeRoot();
  mkdirSync(path("/keys"));
  write("/keys/s.key", "key", 0o600);
  symlinkSync("s.key", path("/keys/link.key"));
  expect(await barrierTo(host, user, "/keys/link.key", "read")).toEqual({
    path: "/keys/link.key",
    refuses: "read",
  });
});
