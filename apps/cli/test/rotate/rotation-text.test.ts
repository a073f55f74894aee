import { defaultPlan, type RotationState } from "@mailseal/rotation";
import { expect, test } from "vitest";
import { advanceText, historyText, statusText } from "../../src/rotate/rotation-text.ts";

const sinceMs = Date.UTC(2026, 10, 24, 12, 30, 59);
const state: RotationState = {
  id: 7,
  domain: "example.com",
  stage: "confirm",
  direction: "forward",
  incoming: [{ selector: "r2", keyFile: "/k/r2" }],
  outgoing: [{ selector: "r1", keyFile: "/k/r1" }],
  handedOver: true,
  sinceMs,
  dueMs: sinceMs + 60_000,
  attempts: 1,
  plan: defaultPlan,
};

test("the steps of a rotation are listed with the reason for waiting", () => {
  const problem = "dns: not published\u001b yet";
  expect(
    advanceText({
      kind: "advanced",
      state: { ...state, problem, cause: "not-yet" },
      did: ["a", "b"],
    }),
  ).toBe("example.com confirm\n  a\n  b\n  waiting: dns: not published\\u001b yet\n");
  expect(
    advanceText({ kind: "advanced", state: { ...state, problem, cause: "failed" }, did: [] }),
  ).toContain("\n  failed: dns: ");
});

test("a domain on which another process is working is one line", () => {
  expect(advanceText({ kind: "busy", domain: "example.com" })).toBe(
    "example.com: another process is working on it\n",
  );
});

test("advice is printed as it is, so that it can be copied", () => {
  const advice = `; add:\n${"x".repeat(200)}`;
  expect(advanceText({ kind: "advanced", state: { ...state, advice }, did: [] })).toContain(
    `\n${advice}\n`,
  );
});

test("the status is a table with the next step of each rotation", () => {
  const ended: RotationState = {
    ...state,
    id: 8,
    stage: "aborted",
    direction: "back",
    outgoing: [],
    dueMs: Number.MAX_SAFE_INTEGER,
  };
  const aborting: RotationState = { ...state, id: 9, domain: "a.example", direction: "back" };
  expect(statusText([state, ended, aborting], [{ state, next: "ask DNS" }]).split("\n")).toEqual([
    "DOMAIN       SELECTORS  STAGE               SINCE              NEXT",
    "example.com  r1 -> r2   confirm             2026-11-24 12:30Z  2026-11-24 12:31Z",
    "  next: ask DNS",
    "example.com  - -> r2    aborted             2026-11-24 12:30Z  -",
    "a.example    r1 -> r2   confirm (aborting)  2026-11-24 12:30Z  2026-11-24 12:31Z",
    "",
  ]);
  expect(statusText([], [])).toBe("No rotation is in progress.\n");
});

test("the history has one line for each step", () => {
  const entry = { atMs: sinceMs, domain: "example.com", rotation: 7, stage: "publish" } as const;
  expect(historyText([{ ...entry, event: "published\u001b" }])).toBe(
    "2026-11-24 12:30Z  example.com #7  publish   published\\u001b\n",
  );
});
