import { expect, test } from "vitest";
import { addFailureMode, insertMacro } from "../../../src/doctor/sendmail/macro-edits.ts";
import type { Sendmail } from "../../../src/host/sendmail.ts";
import { fakeRoot } from "../../host/fake-root.ts";

const sendmail: Sendmail = {
  version: "8.17.1.9",
  configFile: "/etc/mail/sendmail.cf",
  macroFile: "/etc/mail/sendmail.mc",
  filters: [],
};
const rebuild = "make -C /etc/mail && systemctl restart sendmail";

test("a macro comes before the mailers, after which m4 ignores it", async () => {
  const { host } = fakeRoot({
    sendmail: [
      "OSTYPE(`debian')dnl",
      "dnl MAILER_DEFINITIONS",
      "MAILER_DEFINITIONS",
      "MAILER(`smtp')dnl",
    ],
  });
  expect(await insertMacro(host, sendmail, "X")).toBe(
    `sed -i '3i X' /etc/mail/sendmail.mc && ${rebuild}`,
  );
});

test("without mailers it comes last", async () => {
  const { host } = fakeRoot({ sendmail: ["OSTYPE(`debian')dnl"] });
  expect(await insertMacro(host, sendmail, "X")).toContain("sed -i '$a X' ");
});

test("F=T is added where the filter is declared, be it an included file", async () => {
  const { host, write } = fakeRoot({ sendmail: ["include(`/etc/mail/m4/mailseal.m4')dnl"] });
  write("/etc/mail/m4/mailseal.m4", "INPUT_MAIL_FILTER(`mailseal', `S=local:/run/x')dnl\n");
  expect(await addFailureMode(host, sendmail, "mailseal")).toMatch(
    / \/etc\/mail\/m4\/mailseal\.m4 && make/,
  );
  expect(await addFailureMode(host, sendmail, "other")).toMatch(
    / \/etc\/mail\/sendmail\.mc && make/,
  );
});
