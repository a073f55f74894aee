import { chmodSync } from "node:fs";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { readToken } from "../../src/index.ts";

const token = "0123456789abcdef";

test.each([0o600, 0o400, 0o640])("a token of mode %o is read", async (mode) => {
  expect(
    await readToken(writeTestFile(temporaryDirectory("test"), "file", `${token}\n`, mode)),
  ).toBe(token);
});

test.each([0o644, 0o604, 0o660, 0o602, 0o666])(
  "a token of mode %o is refused, in one line that says what to do",
  async (mode) => {
    const file = writeTestFile(temporaryDirectory("test"), "file", token, 0o600);
    chmodSync(file, mode);
    const octal = mode.toString(8).padStart(4, "0");
    const refused = readToken(file);
    await expect(refused).rejects.toMatchObject({ code: "admin" });
    await expect(refused).rejects.toThrow(
      new RegExp(`^token file "${file}": .*\\(mode ${octal}\\).*chmod 600 or 640[^\\n]*$`),
    );
  },
);

test("a token that could be guessed is refused", async () => {
  await expect(
    readToken(writeTestFile(temporaryDirectory("test"), "file", "short", 0o600)),
  ).rejects.toThrow(/at least 16 characters/);
});
