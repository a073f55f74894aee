import { expect, test } from "vitest";
import { definition, literal, prose, sentence } from "../src/roff.ts";

test("characters that groff would change are written by name", () => {
  expect(literal(`a-b 'c' "d" \`e\` ^~\\ …`)).toBe(
    String.raw`a\-b \(aqc\(aq \(dqd\(dq \(gae\(ga \(ha\(ti\e \[u2026]`,
  );
});

test("a line never starts with a request", () => {
  expect(prose(".so /etc/passwd")).toBe(String.raw`\&.so /etc/passwd`);
  expect(prose("'so x'").startsWith("'")).toBe(false);
});

test("options and quoted words are bold, and values italic", () => {
  expect(prose("`mailseal x` takes --keys, not - or a-b: <dir>/<name>.key")).toBe(
    String.raw`\fBmailseal x\fR takes \fB\-\-keys\fR, not \- or a\-b: \fIdir\fR/\fIname\fR.key`,
  );
});

test("each sentence is a line of its own", () => {
  expect(prose("One, e.g. this. Two! Three")).toBe("One, e.g. this.\nTwo!\nThree");
});

test.each([
  ["the key", "The key."],
  ["is it there?", "Is it there?"],
  ["t=y: testing", "t=y: testing."],
  ["%{d} is the domain", "%{d} is the domain."],
  ["beside it, a file", "Beside it, a file."],
  ["limits; what exceeds them is refused", "Limits; what exceeds them is refused."],
])("%j becomes the sentence %j", (phrase, whole) => {
  expect(sentence(phrase)).toBe(whole);
});

test.each(["never; required: STARTTLS", "off: no bounce"])("%j starts with a value", (phrase) => {
  expect(sentence(phrase, ["never", "off"])).toBe(`${phrase}.`);
});

test("a definition is a term with its meaning below it", () => {
  expect(definition("a", "b")).toBe(".TP\na\nb");
});
