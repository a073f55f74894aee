import type { Result, Verdict, VerificationReport } from "@mailseal/verifier";
import { beforeEach, expect, test, vi } from "vitest";
import { CommandFailure } from "../../src/exit-code.ts";
import { reportEach } from "../../src/options/messages.ts";
import { bareVerdict } from "../bare-verdict.ts";

let [printed, warned] = ["", ""];
beforeEach(() => {
  [printed, warned] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((chunk, ...rest) => {
    printed += String(chunk);
    const done = rest.at(-1);
    if (typeof done === "function") done();
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    warned += String(chunk);
    return true;
  });
  return () => vi.restoreAllMocks();
});

function verdict(result: Result): Verdict {
  return { ...bareVerdict, result, code: "pass", reason: "a reason" };
}

function reportOf(...results: readonly Result[]): VerificationReport {
  return { from: [], signatures: results.map(verdict) };
}

const reports: ReadonlyMap<string, VerificationReport> = new Map([
  ["passes", reportOf("fail", "pass")],
  ["fails", reportOf("fail")],
  ["unsigned", reportOf()],
  ["waits", reportOf("fail", "temperror")],
]);

const examiner = {
  async examine(file: string): Promise<VerificationReport> {
    const report = reports.get(file);
    if (report === undefined) throw new CommandFailure(3, `cannot read ${file}`);
    return report;
  },
  text: (file: string) => file,
  json: (file: string, report: VerificationReport, authservId: string) => ({
    file,
    count: report.signatures.length,
    authservId,
  }),
};

test.each([
  [["passes"], 0],
  [["fails"], 1],
  [["unsigned"], 1],
  [["waits"], 75],
  [["passes", "waits"], 75],
  [["waits", "fails", "passes"], 1],
  [["fails", "gone", "waits"], 3],
])("the reports of %j end with exit code %i", async (files, code) => {
  expect(await reportEach(files, {}, examiner)).toBe(code);
});

test("a file that cannot be read is one warning, and the others are still reported", async () => {
  await reportEach(["gone", "passes"], {}, examiner);
  expect(warned).toBe("mailseal: cannot read gone\n");
  expect(printed).toBe("passes\n");
});

test("--json prints one object per line, with the name of the verifier", async () => {
  await reportEach(["passes", "fails"], { json: true, authservId: "mx" }, examiner);
  expect(printed.split("\n")).toEqual([
    '{"file":"passes","count":2,"authservId":"mx"}',
    '{"file":"fails","count":1,"authservId":"mx"}',
    "",
  ]);
});

test("an unexpected error is not hidden", async () => {
  const broken = { ...examiner, examine: () => Promise.reject(new TypeError("a defect")) };
  await expect(reportEach(["passes"], {}, broken)).rejects.toThrow("a defect");
});
