import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { ask, expectPrintable, form } from "../support/ask-page.ts";
import { serveRelay } from "../support/served-relay.ts";

describe("an uploaded message", () => {
  test.each([
    ["that is empty", "", 400],
    ["of 3 MB", "x".repeat(3 * 1024 * 1024), 413],
    ["of arbitrary octets", "text=%00%FF%1B%5B2J", 200],
    ["with markup", "text=From:%20%3Cscript%3Ealert(1)%3C/script%3E%40x.example%0D%0A%0D%0A", 200],
  ])("%s", async (_name, body, status) => {
    const { url } = await serveRelay();
    const answer = await ask(`${url}explain`, { method: "POST", headers: form, body });
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain("<script");
    expectPrintable(answer.body);
  });
});

test("uploads of more than 16 MB at once are answered 503 with Retry-After", async () => {
  const { url } = await serveRelay();
  const size = 2 * 1024 * 1024;
  const waiting = Array.from({ length: 7 }, () => {
    const headers = { ...form, "content-length": size };
    const asked = request(`${url}explain`, { method: "POST", headers });
    asked.on("error", () => undefined);
    asked.write("x".repeat(size - 1));
    return asked;
  });
  const body = "x".repeat(size);
  await expect
    .poll(async () => {
      const some = await Promise.all(
        [1, 2].map(() => ask(`${url}explain`, { method: "POST", headers: form, body })),
      );
      return some.map(({ status, headers }) => [status, headers["retry-after"]]);
    })
    .toContainEqual([503, "5"]);
  for (const asked of waiting) asked.destroy();
  await expect
    .poll(async () => (await ask(`${url}explain`, { method: "POST", headers: form, body })).status)
    .toBe(400);
});
