import { expect, test } from "vitest";
import { readSendmail } from "../../src/host/sendmail.ts";
import { fakeRoot } from "./fake-root.ts";

test("Sendmail is found with its version, its files and its filters", async () => {
  const root = fakeRoot({ sendmail: ["divert(-1)"] });
  root.write(
    "/etc/mail/sendmail.cf",
    [
      "O InputMailFilters=spam,dkim",
      "Xdkim, S=local:/run/dkim.sock, F=T, T=S:30s",
      "Xspam, S=inet:1@localhost",
      "Xunused, S=inet:2@localhost, F=R",
    ].join("\n"),
  );
  expect(await readSendmail(root.host)).toEqual({
    version: "8.17.1.9",
    configFile: "/etc/mail/sendmail.cf",
    macroFile: "/etc/mail/sendmail.mc",
    filters: [
      { name: "spam", socket: "inet:1@localhost", failure: "" },
      { name: "dkim", socket: "local:/run/dkim.sock", failure: "T" },
    ],
  });
});

test("the sendmail program of another mail server is not Sendmail", async () => {
  const root = fakeRoot({ postfix: [] });
  root.write("/usr/sbin/sendmail", "#!/bin/sh\nexit 1\n", 0o755);
  root.write("/etc/mail/sendmail.cf", "");
  expect(await readSendmail(root.host)).toBeUndefined();
});

test("a machine without its configuration has no Sendmail", async () => {
  expect(await readSendmail(fakeRoot().host)).toBeUndefined();
});
