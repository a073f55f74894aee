import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const zoneFile = join(directory, "zone.json");
const generated = JSON.parse(
  mailseal(["keygen", "-d", "example.com", "-s", "s", "-o", directory, "--json"]).stdout,
) as { readonly name: string; readonly record: string; readonly key: string };
writeFileSync(zoneFile, JSON.stringify({ [generated.name]: [generated.record] }));

const message =
  "From: Ada <ada@example.com>\r\nTo: zoe@example.net\r\nSubject: Plan\r\n\r\nAt nine.\r\n";
const signed = mailseal(
  ["sign", "-d", "example.com", "-s", "s", "-k", generated.key, "--timestamp", "1767225000"],
  message,
).stdout;
const altered = `${signed.replace("Subject: ", "Subject: [crew] ")}-- \r\n\u001b[31mfooter\t \r\n`;
const explainArgs = ["explain", "--dns", zoneFile, "--now", "1767225600"];

describe("explain", () => {
  test("--json prints the object of verify with causes", () => {
    const { code, stdout } = mailseal([...explainArgs, "--json"], altered);
    const verified = mailseal(["verify", ...explainArgs.slice(1), "--json"], altered).stdout;
    const { signatures, ...rest } = JSON.parse(stdout) as { signatures: { causes: unknown }[] };
    const plain = JSON.parse(verified) as { signatures: object[] };
    expect(code).toBe(1);
    expect({ ...rest, signatures: plain.signatures }).toEqual(plain);
    expect(signatures).toEqual([
      {
        ...plain.signatures[0],
        causes: [
          {
            code: "body-appended",
            evidence: "with this change undone, the hash of the body matches bh=",
            detail: "2 lines were added at the end of the body",
          },
          {
            code: "field-edited",
            field: "subject",
            evidence:
              "with this change undone, the hash of the header matches the one in the signature",
            detail: 'the field Subject was altered: the tag "[crew]" was added to it',
          },
        ],
      },
    ]);
  });

  test("prints a diff, the proof and the remedy in 80 columns, without colours or raw bytes of the message", () => {
    const { code, stdout } = mailseal(explainArgs, altered);
    expect(code).toBe(1);
    for (const line of [
      "    - Subject: Plan",
      "    + Subject: [crew] Plan",
      "    + --·",
      "    + \\u001b[31mfooter→·",
      "    Proof: with this change undone, the hash of the body matches bh=.",
    ]) {
      expect(stdout.split("\n")).toContain(line);
    }
    expect(stdout).toContain("What to do: ");
    expect(stdout).not.toContain("\u001b");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("equal lines are context, and a long line is cut before its difference", () => {
    const long = `${"and so on ".repeat(12)}to nine`;
    const text = message
      .replace("At nine.", `Dear Zoe,\r\nFrom the office:\r\nmore`)
      .replace("Plan", long);
    const sent = mailseal(
      ["sign", "-d", "example.com", "-s", "s", "-k", generated.key, "--timestamp", "1767225000"],
      text,
    ).stdout;
    const arrived = sent
      .replace("\r\nFrom the office", "\r\n>From the office")
      .replace(long, `${long} [crew]`);
    const lines = mailseal(explainArgs, arrived).stdout.split("\n");
    for (const line of [
      "    - From the office:",
      "    + >From the office:",
      "      more",
      "    - … so on and so on to nine",
    ]) {
      expect(lines).toContain(line);
    }
  });

  test("two signatures that broke for the same reason are explained once", () => {
    const [field = ""] = /^DKIM-Signature:.*?\r\n(?=\S)/s.exec(altered) ?? [];
    const { stdout } = mailseal(explainArgs, field + altered);
    expect(stdout.match(/body-appended/g)).toHaveLength(1);
    expect(stdout).toContain("  For the same causes as the signature above.");
  });

  test("a message that passes needs no explanation", () => {
    const { code, stdout } = mailseal([...explainArgs, "--json"], signed);
    expect(code).toBe(0);
    expect(stdout).toContain('"causes":[]');
  });

  test("limits, unsigned messages and unreadable files are reported", () => {
    const word = signed.replace("nine", "ten");
    const { stdout } = mailseal([...explainArgs, "--max-hypotheses", "5"], word);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("the limit was reached after 5 hypotheses");
    expect(mailseal(explainArgs, message).stdout).toContain("Not signed");
    expect(mailseal([...explainArgs, join(directory, "none.eml")])).toMatchObject({
      code: 3,
      stdout: "",
    });
  });
});
