import { expect, test } from "vitest";
import { plainDialogue } from "../../src/setup/dialogue.ts";

const question = {
  message: "Which domain?",
  flag: "--domain example.com",
  check: (text: string) => (text.includes(".") ? undefined : "it has no dot"),
};

test("without a terminal a question takes its preset", async () => {
  const dialogue = plainDialogue();
  expect(await dialogue.askText({ ...question, preset: "example.com" })).toBe("example.com");
  expect(await dialogue.confirm("Really?", true)).toBe(true);
  expect(await dialogue.choose("Which?", [{ value: "a", label: "A" }], "a")).toBe("a");
});

test("a question without an answer names its flag", async () => {
  const dialogue = plainDialogue();
  await expect(dialogue.askText(question)).rejects.toThrow(
    'cannot ask "Which domain?" without a terminal, and it has no default; answer it with --domain example.com',
  );
  await expect(dialogue.askText({ ...question, preset: "host" })).rejects.toThrow(/it has no dot/);
});
