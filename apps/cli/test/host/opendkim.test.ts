import { expect, test } from "vitest";
import { parseMilterList } from "../../src/host/milter-list.ts";
import { isOpendkim, readOpendkim } from "../../src/host/opendkim.ts";
import { fakeRoot } from "./fake-root.ts";

const queue = "/var/spool/postfix";

test("OpenDKIM is found with its socket", async () => {
  const { host } = fakeRoot({
    opendkim: ["Mode sv", "#Socket inet:1@x", "Socket inet:8891@localhost"],
  });
  expect(await readOpendkim(host)).toEqual({
    configFile: "/etc/opendkim.conf",
    socket: "inet:8891@localhost",
  });
  expect(await readOpendkim(fakeRoot().host)).toBeUndefined();
});

test("Debian's old file of defaults may name the socket", async () => {
  const root = fakeRoot({ opendkim: ["Mode sv"] });
  root.write("/etc/default/opendkim", 'SOCKET="inet:12301@localhost"\n');
  expect(await readOpendkim(root.host)).toMatchObject({ socket: "inet:12301@localhost" });
});

test.each([
  ["inet:8891@localhost", "inet:127.0.0.1:8891", true],
  ["inet:8891@localhost", "inet:localhost:8892", false],
  ["inet:8891@192.0.2.1", "inet:localhost:8891", false],
  ["local:/var/spool/postfix/dkim/d.sock", "unix:dkim/d.sock", true],
  ["local:/var/spool/postfix/dkim/d.sock", "unix:/dkim/d.sock", true],
  ["local:/run/dkim/d.sock", "unix:/run/dkim/d.sock", true],
  ["local:/run/dkim/d.sock", "unix:/run/spam/d.sock", false],
  [undefined, "unix:opendkim/opendkim.sock", true],
  [undefined, "inet:localhost:8891", false],
])("with Socket %s, Postfix's milter %s: %s", (socket, milter, expected) => {
  const [entry] = parseMilterList(milter);
  const opendkim = { configFile: "/etc/opendkim.conf", socket };
  expect(entry && isOpendkim(entry, opendkim, queue)).toBe(expected);
});
