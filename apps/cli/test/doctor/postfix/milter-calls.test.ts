import { expect, test } from "vitest";
import {
  addressOf,
  means,
  milterCalls,
  setMilters,
} from "../../../src/doctor/postfix/milter-calls.ts";
import { readPostfix } from "../../../src/host/postfix.ts";
import { debianServices, fakeRoot } from "../../host/fake-root.ts";

async function postfixWith(main: readonly string[], master = debianServices) {
  const postfix = await readPostfix(fakeRoot({ postfix: main, master }).host);
  if (postfix === undefined) throw new Error("no Postfix");
  return postfix;
}

const listener = { listen: "unix:/var/spool/postfix/mailseal/milter.sock" };

test("every smtpd and cleanup have a list, their own or that of main.cf", async () => {
  const postfix = await postfixWith(
    ["smtpd_milters = unix:a", "non_smtpd_milters = $smtpd_milters"],
    [...debianServices, "submission inet n - n - - smtpd -o smtpd_milters=unix:b"],
  );
  expect(milterCalls(postfix)).toMatchObject([
    {
      parameter: "smtpd_milters",
      service: undefined,
      isChrooted: true,
      entries: [{ address: "unix:a" }],
    },
    {
      parameter: "smtpd_milters",
      service: "submission/inet",
      isChrooted: false,
      entries: [{ address: "unix:b" }],
    },
    {
      parameter: "non_smtpd_milters",
      service: undefined,
      isChrooted: true,
      entries: [{ address: "unix:a" }],
    },
  ]);
});

test.each([
  ["unix:mailseal/milter.sock", true],
  ["unix:/mailseal/milter.sock", true],
  ["unix:/var/spool/postfix/mailseal/milter.sock", true],
  ["local:mailseal/milter.sock", true],
  ["unix:opendkim/opendkim.sock", false],
  ["inet:localhost:8891", false],
])("%s means the relay: %s", async (address, isOurs) => {
  expect(means({ text: address, address }, listener, await postfixWith([]))).toBe(isOurs);
});

test.each([
  ["inet:localhost:8891", true],
  ["inet:127.0.0.1:8891", true],
  ["inet:localhost:8892", false],
])("%s means a listener on a port: %s", async (address, isOurs) => {
  const onPort = { listen: "127.0.0.1:8891" };
  expect(means({ text: address, address }, onPort, await postfixWith([]))).toBe(isOurs);
});

test("a socket in the queue directory has a relative address", async () => {
  const postfix = await postfixWith([]);
  expect(addressOf(listener, postfix)).toBe("unix:mailseal/milter.sock");
  expect(addressOf({ listen: "unix:/run/mailseal/milter.sock" }, postfix)).toBe(
    "unix:/run/mailseal/milter.sock",
  );
  expect(addressOf({ listen: "127.0.0.1:8891" }, postfix)).toBe("inet:127.0.0.1:8891");
});

test("lists of services are set in master.cf", () => {
  const entries = [{ text: "unix:a", address: "unix:a" }];
  expect(
    setMilters([
      { parameter: "smtpd_milters", service: undefined, isChrooted: true, entries },
      { parameter: "smtpd_milters", service: "submission/inet", isChrooted: true, entries },
    ]),
  ).toEqual([
    "postconf -e 'smtpd_milters = unix:a'",
    "postconf -P 'submission/inet/smtpd_milters = unix:a'",
    "postfix reload",
  ]);
});
