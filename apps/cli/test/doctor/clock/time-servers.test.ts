import { expect, test } from "vitest";
import { timeService } from "../../../src/doctor/clock/time-servers.ts";
import { fakeRoot } from "../../host/fake-root.ts";

test("chrony's servers come from its file and its directories", async () => {
  const { host, write } = fakeRoot();
  write("/usr/sbin/chronyd", "", 0o755);
  write(
    "/etc/chrony/chrony.conf",
    "pool 2.debian.pool.ntp.org iburst\n# server old.example\n server a.example\n",
  );
  write("/etc/chrony/sources.d/own.sources", "server b.example iburst\n");
  expect(await timeService(host)).toEqual({
    name: "chrony",
    servers: ["2.debian.pool.ntp.org", "a.example", "b.example"],
  });
});

test("timesyncd asks the servers of its files, or those that it was built with", async () => {
  const { host, write } = fakeRoot();
  write("/usr/lib/systemd/systemd-timesyncd", "", 0o755);
  write(
    "/etc/systemd/timesyncd.conf",
    "[Time]\n#NTP=\n#FallbackNTP=0.debian.pool.ntp.org 1.debian.pool.ntp.org\n",
  );
  expect((await timeService(host)).servers).toEqual([
    "0.debian.pool.ntp.org",
    "1.debian.pool.ntp.org",
  ]);
  write("/etc/systemd/timesyncd.conf.d/own.conf", "[Time]\nNTP=ntp.example.com\n");
  expect((await timeService(host)).servers).toEqual(["ntp.example.com"]);
});

test("ntp's own clock is no server", async () => {
  const { host, write } = fakeRoot();
  write("/usr/sbin/ntpd", "", 0o755);
  write("/etc/ntpsec/ntp.conf", "server 127.127.1.0\nserver ntp.example.com\n");
  expect(await timeService(host)).toEqual({ name: "ntp", servers: ["ntp.example.com"] });
});

test("a machine without any has none", async () => {
  expect(await timeService(fakeRoot().host)).toEqual({ name: "none", servers: [] });
});
