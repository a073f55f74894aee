import { expect, test } from "vitest";
import { findGroup, findUser } from "../../src/host/accounts.ts";
import { fakeRoot } from "./fake-root.ts";

test("a user is found with all groups", async () => {
  const { host, write } = fakeRoot();
  write("/etc/passwd", "mailseal:x:701:702::/var/lib/mailseal:/usr/sbin/nologin\n");
  write("/etc/group", "mailseal:x:702:\npostfix:x:105:mailseal,other\n");
  expect(await findUser(host, "mailseal")).toEqual({
    name: "mailseal",
    uid: 701,
    gid: 702,
    gids: new Set([702, 105]),
  });
  expect(await findUser(host, "nobody")).toBeUndefined();
});

test("a group is found with its members", async () => {
  const { host, write } = fakeRoot();
  write("/etc/group", "postfix:x:105:mailseal,other\n");
  expect(await findGroup(host, "postfix")).toEqual({
    name: "postfix",
    gid: 105,
    members: ["mailseal", "other"],
  });
  expect(await findGroup(host, "smmsp")).toBeUndefined();
  expect(await findGroup(host, "-x")).toBeUndefined();
});
