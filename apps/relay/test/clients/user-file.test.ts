import { chmodSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { hashPassword, UserFile } from "../../src/clients/user-file.ts";
import { RelayError } from "../../src/errors.ts";

function written(content: string): string {
  return writeTestFile(temporaryDirectory("test"), "users", content);
}

const sixteenZeros = Buffer.alloc(16).toString("base64");
const thirtyTwoZeros = Buffer.alloc(32).toString("base64");

describe("a file of logins", () => {
  test("accepts plain and hashed passwords, and nobody else", async () => {
    const hash = await hashPassword("word: 2");
    const users = await UserFile.read(written(`# us\r\n\r\njoe:pass:word\r\nann:${hash}\n`));
    expect(await users.accepts("joe", "pass:word")).toBe(true);
    expect(await users.accepts("ann", "word: 2")).toBe(true);
    for (const [user, password] of [
      ["joe", "pass"],
      ["joe", ""],
      ["ann", hash],
      ["eve", "pass:word"],
      ["# us", ""],
      ["__proto__", ""],
    ] as const) {
      expect(await users.accepts(user, password), `${user} ${password}`).toBe(false);
    }
  });

  test.each([
    ["no colon", "joe:a\njoe\n", "line 2: expected user:password"],
    ["no user", ":a\n", "line 1: expected user:password"],
    ["an empty password", "joe:\n", "line 1: the password is empty"],
    ["a hash that is cut off", "joe:scrypt$15$8$1$AAAA\n", "line 1: expected scrypt$cost"],
    [
      "a hash that needs too much memory",
      `joe:scrypt$20$8$1$${sixteenZeros}$${thirtyTwoZeros}\n`,
      "line 1: expected a hash that needs at most",
    ],
    ...["0$8$1", "15$0$1", "15$8$0"].map((parameters) => [
      `a hash that cannot be computed, ${parameters}`,
      `# us\njoe:scrypt$${parameters}$${sixteenZeros}$${thirtyTwoZeros}\n`,
      "line 2: the hash cannot be computed",
    ]),
    [
      "a hash of another length",
      `joe:scrypt$15$8$1$${sixteenZeros}$AAAA\n`,
      "line 1: the hash cannot be computed",
    ],
  ])("with %s is refused, with the number of the line", async (_name, content = "", reason) => {
    const file = written(content);
    const refused = await UserFile.read(file).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RelayError);
    expect(refused).toMatchObject({
      code: "users-file",
      message: expect.stringContaining(`users file ${file}: ${reason}`),
    });
    expect(String(refused)).not.toContain("AAAA");
  });

  test("that others may read, or that does not exist, is refused", async () => {
    const file = written("joe:a\n");
    chmodSync(file, 0o644);
    await expect(UserFile.read(file)).rejects.toThrow(/chmod 600/);
    const absent = join(temporaryDirectory("test"), "users");
    await expect(UserFile.read(absent)).rejects.toMatchObject({ code: "users-file" });
  });
});

test("a password has another hash each time", async () => {
  const [one, other] = await Promise.all([hashPassword("a"), hashPassword("a")]);
  expect(one).toMatch(/^scrypt\$15\$8\$1\$[\w+/=]+\$[\w+/=]+$/);
  expect(one).not.toBe(other);
});
