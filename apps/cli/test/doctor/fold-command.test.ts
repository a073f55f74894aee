import { execFileSync } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { foldCommand } from "../../src/doctor/fold-command.ts";

const { columns } = process.stdout;
afterEach(() => {
  process.stdout.columns = columns;
});

const command =
  "mkdir -p /etc/systemd/system/mailseal-relay.service.d && printf '[Service]\\nSupplementaryGroups=postfix\\n' > /etc/x.conf && systemctl restart mailseal-relay";

test("a command that fits stays on its line", () => {
  process.stdout.columns = 80;
  expect(foldCommand("systemctl restart x", "  $ ", "    ")).toBe("  $ systemctl restart x");
});

test("a longer one is broken after &&, then before a word", () => {
  process.stdout.columns = 80;
  expect(foldCommand(command, "  $ ", "    ")).toBe(
    [
      "  $ mkdir -p /etc/systemd/system/mailseal-relay.service.d &&",
      "    printf '[Service]\\nSupplementaryGroups=postfix\\n' > /etc/x.conf &&",
      "    systemctl restart mailseal-relay",
    ].join("\n"),
  );
  process.stdout.columns = 50;
  expect(
    foldCommand(
      "postconf -e 'smtpd_milters = a' 'non_smtpd_milters = a' && postfix reload",
      "  $ ",
      "    ",
    ),
  ).toBe(
    [
      "  $ postconf -e 'smtpd_milters = a' \\",
      "      'non_smtpd_milters = a' && postfix reload",
    ].join("\n"),
  );
});

test("an && that does not fit starts the next line", () => {
  process.stdout.columns = 50;
  const file = `/etc/mailseal/keys/${"x".repeat(24)}`;
  expect(foldCommand(`chown root:mailseal ${file} && chmod 0640 > ${file}`, "  $ ", "    ")).toBe(
    [
      "  $ chown root:mailseal \\",
      `      ${file} \\`,
      "    && chmod 0640 \\",
      `      > ${file}`,
    ].join("\n"),
  );
});

test.each([40, 50, 80, 100])("a shell of %i columns reads the same words", (width) => {
  process.stdout.columns = width;
  const words =
    "printf '%s\\n' 'a  b' \"c d\" e\\ f && printf '%s\\n' gggggggggggggggggggggggggggggg hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh && printf '%s\\n' iiiiiiiiiiiiiiiiiiiiiiii jjjjjjjjjjjjjjjjjjjjjjjj";
  const folded = foldCommand(words, "", "    ");
  expect(folded).toContain("\n");
  expect(execFileSync("sh", ["-c", folded], { encoding: "utf8" })).toBe(
    execFileSync("sh", ["-c", words], { encoding: "utf8" }),
  );
});
