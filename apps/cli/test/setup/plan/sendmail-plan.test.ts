import { expect, test } from "vitest";
import { filterLine, sendmailMacros } from "../../../src/setup/plan/sendmail-plan.ts";

const mailers = "MAILER_DEFINITIONS\nMAILER(`local')dnl\nMAILER(`smtp')dnl\n";

test("the filter comes before the mailers", () => {
  const text = sendmailMacros(`FEATURE(\`no_default_msa')dnl\n${mailers}`, false);
  expect(text).toBe(
    `FEATURE(\`no_default_msa')dnl\ndnl # Mailseal signs mail; F=T defers mail while it does not run.\n${filterLine}\n${mailers}`,
  );
});

test("a text with the filter stays as it is", () => {
  const once = sendmailMacros(mailers, false);
  expect(sendmailMacros(once, false)).toBe(once);
});

test("other filters come first", () => {
  const spam = "INPUT_MAIL_FILTER(`spam', `S=inet:1@localhost')dnl\n";
  const lines = sendmailMacros(`${spam}${mailers}`, false).split("\n");
  expect(lines[0]).toBe(spam.trim());
  expect(lines[2]).toBe(filterLine);
});

test("the filter takes the place of OpenDKIM, in a written list as well", () => {
  const text = [
    "define(`confINPUT_MAIL_FILTERS', `spam, opendkim')dnl",
    "INPUT_MAIL_FILTER(`opendkim', `S=inet:8891@localhost')dnl",
    mailers,
  ].join("\n");
  const changed = sendmailMacros(text, true);
  expect(changed).toContain("define(`confINPUT_MAIL_FILTERS', `spam, mailseal')dnl\n");
  expect(changed).toContain(`\n${filterLine}\n`);
  expect(changed).not.toContain("opendkim");
});

test("a written list of filters gets ours at its end", () => {
  expect(
    sendmailMacros(`define(\`confINPUT_MAIL_FILTERS', \`spam')dnl\n${mailers}`, false),
  ).toContain("define(`confINPUT_MAIL_FILTERS', `spam, mailseal')dnl\n");
});

test("mail is deferred while the relay does not run", () => {
  expect(filterLine).toMatch(/F=T/);
});
