import { expect, test } from "vitest";
import { mailsealAsync } from "../mailseal.ts";
import { serveAdmin } from "../serve-admin.ts";

test.each([
  [{ reloaded: true }, 200, 0, "The new config is in use\n", ""],
  [{ reloaded: false, reason: "line 3" }, 422, 3, "", "mailseal: line 3\n"],
  [
    { reloaded: false, reason: "c:1:1: one\nc:2:1: \u001b two" },
    422,
    3,
    "",
    "mailseal: c:1:1: one\nmailseal: c:2:1: \\u001b two\n",
  ],
])(
  "the answer %j is printed, and decides the exit code",
  async (body, status, code, stdout, stderr) => {
    const { at, asked } = await serveAdmin(body, status);
    expect(await mailsealAsync(["reload", "--admin", at])).toMatchObject({ code, stdout, stderr });
    expect(asked).toEqual(["POST /reload"]);
  },
);

test("a warning about the new config goes to standard error, and the exit code is 0", async () => {
  const { at } = await serveAdmin({ reloaded: true, warning: "listeners: needs a restart\u001b" });
  expect(await mailsealAsync(["reload", "--admin", at])).toMatchObject({
    code: 0,
    stdout: "The new config is in use\n",
    stderr: "mailseal: listeners: needs a restart\\u001b\n",
  });
});
