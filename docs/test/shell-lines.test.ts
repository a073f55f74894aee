import { expect, test } from "vitest";
import { commandLines, faultIn } from "./support/shell-lines.ts";

test("a block is split into its commands", () => {
  expect(
    commandLines(
      '# first\nmailseal sign -d example.com \\\n  -s "a b" < in.eml > out.eml  # sign\nnpm test && npm start\n',
    ),
  ).toEqual([
    ["mailseal", "sign", "-d", "example.com", "-s", "a b"],
    ["npm", "test"],
    ["npm", "start"],
  ]);
});

test.each([
  ["mailseal keygen -d example.com -s mail2026 -o keys"],
  ["mailseal record lint --json"],
  ["mailseal-worker --config /etc/mailseal/mailseal.yaml"],
  ["npm install --global @mailseal/cli nodemailer"],
  ["npm run docs"],
])("%s is a command that exists", (line) => {
  expect(faultIn(line.split(" "))).toBeUndefined();
});

test.each([
  ["mailseal keygn -d example.com", "mailseal has no command keygn"],
  ["mailseal keygen --domian example.com", "mailseal keygen has no option --domian"],
  ["npm install @mailseal/sinner", "no package of ours or of the catalog: @mailseal/sinner"],
  ["npm run dosc", 'package.json has no script "dosc"'],
  ["rm -rf /", "no test runs rm"],
])("%s is reported", (line, fault) => {
  expect(faultIn(line.split(" "))).toContain(fault);
});
