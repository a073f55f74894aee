import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { UserFile } from "../src/clients/user-file.ts";

const entry = fileURLToPath(new URL("support/run-main.ts", import.meta.url));

function relay(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    input,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { status, stdout, stderr };
}

describe("mailseal-relay", () => {
  test("without arguments prints one line with the missing option", () => {
    expect(relay([])).toEqual({
      status: 2,
      stdout: "",
      stderr: "mailseal-relay: --config <file> is missing, or a command such as demo; see --help\n",
    });
  });

  test.each([["secret\n"], ["secret"], ["secret\r\n"]])(
    "hash-password prints a hash of %j that a users file takes",
    async (input) => {
      const { status, stdout, stderr } = relay(["hash-password"], input);
      expect([status, stderr]).toEqual([0, ""]);
      const users = await UserFile.read(
        writeTestFile(temporaryDirectory("test"), "users", `joe:${stdout}`),
      );
      expect(await users.accepts("joe", "secret")).toBe(true);
    },
  );

  test("hash-password refuses an empty password", () => {
    const { status, stdout, stderr } = relay(["hash-password"], "\n");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^mailseal-relay: the password is empty; expected .*\n$/);
  });
});
