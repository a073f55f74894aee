import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { address, askAdmin, readAdminToken, refusal } from "../../src/admin/admin-client.ts";
import { serveAdmin } from "../serve-admin.ts";

const nobody = (name: string): string => `unix:/nonexistent/${name}.sock`;

describe("an address", () => {
  test.each(["unix:/run/mailseal/admin.sock", "127.0.0.1:8025", "[::1]:8025", "localhost:65535"])(
    "%s is accepted",
    (value) => {
      expect(address(value)).toBe(value);
    },
  );

  test.each(["nowhere", "unix:", ":8025", "127.0.0.1:65536", "127.0.0.1:", "::1:8025"])(
    "%s is refused",
    (value) => {
      expect(() => address(value)).toThrow("expected unix:PATH or HOST:PORT");
    },
  );
});

describe("a request", () => {
  test("goes to the first usual address at which a program answers", async () => {
    const { at, asked } = await serveAdmin({ here: true });
    const answer = await askAdmin({}, "GET", "/stats", [nobody("a"), at, nobody("b")]);
    expect(answer).toMatchObject({ status: 200, body: { here: true } });
    expect(asked).toEqual(["GET /stats"]);
  });

  test("goes only to the address on the command line", async () => {
    const { at, asked } = await serveAdmin({});
    await expect(askAdmin({ admin: nobody("a") }, "GET", "/", [at])).rejects.toThrow(/a\.sock/);
    expect(asked).toEqual([]);
  });

  test("that nobody answers fails with each address and its reason", async () => {
    const asked = askAdmin({}, "GET", "/", [nobody("a"), "127.0.0.1:1"]);
    await expect(asked).rejects.toMatchObject({
      exitCode: 3,
      message:
        "no relay or worker answers at unix:/nonexistent/a.sock (there is no such socket), nor at 127.0.0.1:1 (connection refused); start one, or give its address with --admin",
    });
  });
});

test("a token file is read without its line end, and must be private", async () => {
  const file = join(temporaryDirectory("test"), "token");
  writeFileSync(file, "0123456789abcdef\n", { mode: 0o600 });
  expect(await readAdminToken(file)).toBe("0123456789abcdef");
  await expect(readAdminToken(`${file}.none`)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/^--token-file /) as string,
  });
});

test.each([
  [{ error: "no" }, ["no"]],
  [{ reason: "one\ntwo", error: "no" }, ["one", "two"]],
  [undefined, ["HTTP 500"]],
  [{ reason: "x".repeat(5000) }, ["x".repeat(1000)]],
])("the error answer %j becomes lines of bounded length", (body, [first, ...more]) => {
  expect(refusal(500, body)).toMatchObject({ exitCode: 3, message: first, more });
});
