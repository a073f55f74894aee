import { expect, test } from "vitest";
import type { Check } from "../../src/doctor/check.ts";
import { examine, exitCodeOf } from "../../src/doctor/examine.ts";
import type { FindingKind } from "../../src/doctor/finding-kinds.ts";
import { NotKnown } from "../../src/doctor/finding.ts";
import type { Installation } from "../../src/doctor/installation.ts";
import { postfixRoot } from "./support/postfix-root.ts";

const check = (id: string, run: Check["run"], limitMs = 10_000): Check => ({
  id,
  claim: `${id} is well`,
  limitMs,
  run,
});
const finds = (id: string, ...kinds: readonly FindingKind[]): Check =>
  check(id, async (_, report) => {
    for (const kind of kinds) report.found({ kind, what: kind });
  });
const installation = (): Installation => postfixRoot().installation;

test("findings come in the order of their table, whatever the order of the checks", async () => {
  const examination = await examine(installation(), [
    finds("one", "bounces-unsigned", "key-exposed"),
    finds("two", "clock-wrong"),
  ]);
  expect(examination.findings.map(({ kind }) => kind)).toEqual([
    "clock-wrong",
    "key-exposed",
    "bounces-unsigned",
  ]);
  expect(exitCodeOf(examination)).toBe(1);
});

test("a consequence is not reported beside its cause", async () => {
  const examination = await examine(installation(), [
    finds("relay", "relay-lacks-group"),
    finds("socket", "relay-stopped"),
  ]);
  expect(examination.findings.map(({ kind }) => kind)).toEqual(["relay-lacks-group"]);
});

test("a check that a finding prevents is not unknown", async () => {
  const unmade = check("dns", async () => {
    throw new NotKnown("DNS did not answer", "later");
  });
  const alone = await examine(installation(), [unmade]);
  expect(alone.unknown).toEqual([
    { id: "dns", claim: "dns is well", reason: "DNS did not answer", cause: "later" },
  ]);
  const explained = await examine(installation(), [
    unmade,
    finds("resolver", "resolver-ipv6-only"),
  ]);
  expect(explained.unknown).toEqual([]);
});

test("notes alone are well, and unknown is not", async () => {
  const noted = await examine(installation(), [
    finds("bounces", "bounces-unsigned"),
    finds("disk"),
  ]);
  expect(exitCodeOf(noted)).toBe(0);
  expect(noted.well).toEqual([{ id: "disk", claim: "disk is well" }]);
  const unknown = (cause: "later" | "access"): Check =>
    check(cause, async (_, report) => report.unknown("no", cause));
  expect(exitCodeOf(await examine(installation(), [unknown("later")]))).toBe(75);
  expect(exitCodeOf(await examine(installation(), [unknown("later"), unknown("access")]))).toBe(3);
  const wrong = [unknown("access"), finds("clock", "clock-wrong")];
  expect(exitCodeOf(await examine(installation(), wrong))).toBe(1);
});

test("a check that never ends is unknown after its limit, with what it has found", async () => {
  const hangs = check(
    "keys",
    async (_, report) => {
      report.found({ kind: "key-exposed", what: "one" });
      await new Promise(() => undefined);
    },
    1,
  );
  const examination = await examine(installation(), [hangs, finds("disk")]);
  expect(examination).toMatchObject({
    findings: [{ kind: "key-exposed", check: "keys" }],
    unknown: [{ id: "keys", reason: "there was no answer within 0.001 s", cause: "later" }],
    well: [{ id: "disk" }],
    hasTimedOut: true,
  });
});

test("a check that does not apply is neither well nor unknown", async () => {
  const none = check("socket", async (_, report) => report.doesNotApply());
  expect(await examine(installation(), [none])).toMatchObject({
    findings: [],
    unknown: [],
    well: [],
  });
});

test("a defect in a check is not hidden", async () => {
  const broken = check("keys", () => Promise.reject(new TypeError("a defect")));
  await expect(examine(installation(), [broken])).rejects.toThrow("a defect");
});
