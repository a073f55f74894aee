import { expect, test } from "vitest";
import {
  isMilterClientChrooted,
  isPostfixRunning,
  readPostfix,
  smtpdServices,
} from "../../src/host/postfix.ts";
import { debianServices, fakeRoot } from "./fake-root.ts";

test("postconf reports the parameters, as written and expanded", async () => {
  const { host } = fakeRoot({
    postfix: [
      "smtpd_milters = inet:localhost:8891",
      "non_smtpd_milters = $smtpd_milters",
      "queue_directory = /srv/spool",
    ],
  });
  const postfix = await readPostfix(host);
  expect(postfix).toMatchObject({
    version: "3.7.11",
    configDirectory: "/etc/postfix",
    queueDirectory: "/srv/spool",
    user: "postfix",
  });
  expect(postfix?.written("non_smtpd_milters")).toBe("$smtpd_milters");
  expect(postfix?.expanded("non_smtpd_milters")).toBe("inet:localhost:8891");
  expect(postfix?.written("header_checks")).toBe("");
});

test("a machine without postconf has no Postfix", async () => {
  expect(await readPostfix(fakeRoot().host)).toBeUndefined();
});

test("a chrooted smtpd is noticed, and an unchrooted one", async () => {
  const chrooted = await readPostfix(fakeRoot({ postfix: [] }).host);
  expect(chrooted && isMilterClientChrooted(chrooted)).toBe(true);
  const master = debianServices.map((line) => line.replace(/ y /, " n "));
  const open = await readPostfix(fakeRoot({ postfix: [], master }).host);
  expect(open && isMilterClientChrooted(open)).toBe(false);
});

test.each([
  ["3.6", false],
  ["0", true],
])("at compatibility level %s a dash in the chroot column means %s", async (level, expected) => {
  const { host } = fakeRoot({
    postfix: [`compatibility_level = ${level}`],
    master: ["smtp inet n - - - - smtpd"],
  });
  const postfix = await readPostfix(host);
  expect(postfix && isMilterClientChrooted(postfix)).toBe(expected);
});

test("the services that receive mail have their own parameters", async () => {
  const { host } = fakeRoot({
    postfix: [],
    master: [
      ...debianServices,
      "submission inet n - y - - smtpd",
      "  -o syslog_name=postfix/submission",
      "  -o smtpd_milters=inet:localhost:8891",
      "  -o { smtpd_banner = a b }",
      "smtpd pass - - y - - smtpd",
    ],
  });
  const postfix = await readPostfix(host);
  const services = postfix === undefined ? [] : smtpdServices(postfix);
  expect(services.map(({ name, type }) => `${name}/${type}`)).toEqual([
    "smtp/inet",
    "submission/inet",
    "smtpd/pass",
  ]);
  expect([...(services[1]?.options ?? [])]).toEqual([
    ["syslog_name", "postfix/submission"],
    ["smtpd_milters", "inet:localhost:8891"],
    ["smtpd_banner", "a b"],
  ]);
});

test("a Postfix that answers to status is running", async () => {
  expect(await isPostfixRunning(fakeRoot({ postfix: [] }).host)).toBe(true);
  expect(await isPostfixRunning(fakeRoot().host)).toBe(false);
});
