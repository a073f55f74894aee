import { afterEach, expect, test } from "vitest";
import type { Examination } from "../../src/doctor/examine.ts";
import { reportJson } from "../../src/doctor/report-json.ts";
import { reportText } from "../../src/doctor/report-text.ts";

const { columns } = process.stdout;
afterEach(() => {
  process.stdout.columns = columns;
});

const nothing: Examination = { findings: [], unknown: [], well: [], hasTimedOut: false };
const examination: Examination = {
  ...nothing,
  findings: [
    {
      check: "socket",
      kind: "socket-directory-closed",
      what: "User postfix may not enter /var/spool/postfix/mailseal (mode 0750)",
      command:
        "chown mailseal:postfix /var/spool/postfix/mailseal && chmod 2750 /var/spool/postfix/mailseal",
    },
    {
      check: "bounces",
      kind: "bounce-domain-unsigned",
      what: "Bounces are unsigned",
      advice: "Set it",
    },
  ],
  unknown: [
    { id: "dns", claim: "DNS publishes every key", reason: "DNS \u001b[2Jfailed", cause: "later" },
  ],
  well: [{ id: "disk", claim: "there is room" }],
};

test("a finding is what is wrong, why it matters, and the command that mends it", () => {
  process.stdout.columns = 80;
  expect(reportText(examination)).toBe(
    [
      "error User postfix may not enter /var/spool/postfix/mailseal (mode 0750).",
      "  Postfix may not connect: it answers 451, and mail is deferred.",
      "  $ chown mailseal:postfix /var/spool/postfix/mailseal &&",
      "    chmod 2750 /var/spool/postfix/mailseal",
      "",
      "note Bounces are unsigned.",
      "  Receivers that require DKIM may discard them.",
      "  Set it.",
      "",
      "unknown Could not check whether DNS publishes every key.",
      "  DNS \\u001b[2Jfailed.",
      "",
      "1 thing to mend; 1 note; 1 check could not be made; 1 check found nothing. Run",
      "mailseal doctor again afterwards.",
      "",
    ].join("\n"),
  );
});

test("its text fits 50 columns", () => {
  process.stdout.columns = 50;
  const lines = reportText(examination).split("\n");
  expect(lines.filter((line) => line.length > 50)).toEqual([]);
});

test("without findings it is one line", () => {
  expect(reportText({ ...nothing, well: examination.well })).toBe("All is well: 1 check.\n");
});

test("of many findings ten are shown, and all are in JSON", () => {
  const [first] = examination.findings;
  if (first === undefined) throw new Error("no finding");
  const many = { ...nothing, findings: Array.from({ length: 12 }, () => first) };
  expect(reportText(many)).toContain("There are 2 more findings; --json prints all.");
  expect(reportText(many).match(/^error /gm)).toHaveLength(10);
  expect(reportJson(many, 1)).toMatchObject({ ok: false, findings: { length: 12 } });
});

test("JSON has the parts of a finding, and the checks by name", () => {
  expect(reportJson(examination, 1)).toEqual({
    ok: false,
    findings: [
      {
        kind: "socket-directory-closed",
        level: "error",
        check: "socket",
        what: "User postfix may not enter /var/spool/postfix/mailseal (mode 0750)",
        why: "Postfix may not connect: it answers 451, and mail is deferred.",
        command:
          "chown mailseal:postfix /var/spool/postfix/mailseal && chmod 2750 /var/spool/postfix/mailseal",
        advice: null,
      },
      {
        kind: "bounce-domain-unsigned",
        level: "note",
        check: "bounces",
        what: "Bounces are unsigned",
        why: "Receivers that require DKIM may discard them.",
        command: null,
        advice: "Set it",
      },
    ],
    unknown: [{ check: "dns", reason: "DNS \u001b[2Jfailed", cause: "later" }],
    well: ["disk"],
  });
});
