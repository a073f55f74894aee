import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { bouncesCheck } from "../../../src/doctor/checks/bounces.ts";
import { type Examined, examined } from "../support/examined.ts";
import { postfixRoot } from "../support/postfix-root.ts";

const pem = generateKey({ type: "ed25519" }).toPem();
const calls = ["smtpd_milters = unix:mailseal/milter.sock", "non_smtpd_milters = $smtpd_milters"];

function bounces(...main: readonly string[]): Promise<Examined> {
  const keys = temporaryDirectory("test");
  writeTestFile(keys, "example.com/mail.key", pem);
  const { installation, write } = postfixRoot({
    main: [...calls, ...main],
    config: [
      `signing: { selector: mail, key: "${keys}/%{d}/%{s}.key" }`,
      "domains: { example.com: {} }",
      'listeners: [{ protocol: milter, listen: "unix:/var/spool/postfix/mailseal/milter.sock" }]',
      "dns: { servers: [127.0.0.1] }",
    ].join("\n"),
  });
  write("/etc/mailname", "example.com\n");
  return examined(bouncesCheck, installation);
}

test("bounces that pass no milter are noted", async () => {
  const { findings } = await bounces("myorigin = example.com");
  expect(findings).toEqual([
    {
      kind: "bounces-unsigned",
      what: "internal_mail_filter_classes of Postfix does not name bounce",
      command: "postconf -e 'internal_mail_filter_classes = bounce' && postfix reload",
    },
  ]);
});

test("bounces from a domain with a key are signed", async () => {
  const main = ["internal_mail_filter_classes = notify, bounce"];
  expect((await bounces("myorigin = example.com", ...main)).kinds).toEqual([]);
  expect((await bounces("myorigin = /etc/mailname", ...main)).kinds).toEqual([]);
});

test("bounces from a host below the domain are not", async () => {
  const { findings } = await bounces(
    "myorigin = $myhostname",
    "internal_mail_filter_classes = bounce",
  );
  expect(findings).toEqual([
    {
      kind: "bounce-domain-unsigned",
      what: "Bounces come from MAILER-DAEMON@mx.example.com, for which no key signs",
      command: "postconf -e 'myorigin = example.com' && postfix reload",
    },
  ]);
});

test("bounces are not asked about if local mail does not pass the relay", async () => {
  expect(await bounces("non_smtpd_milters =")).toMatchObject({ kinds: [], applies: false });
});
