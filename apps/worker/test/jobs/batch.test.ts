import { MemoryBudget } from "@mailseal/service";
import fc from "fast-check";
import { expect, test } from "vitest";
import { batchLines } from "../../src/jobs/batch.ts";
import type { JobRunner } from "../../src/jobs/job-runner.ts";
import { batchLine, startRunner } from "./jobs-under-test.ts";

interface BatchOptions {
  readonly maxBytes?: number;
  readonly budget?: MemoryBudget;
}

async function answersTo(
  runner: JobRunner,
  pieces: readonly Buffer[],
  { maxBytes = 10_000, budget = new MemoryBudget(1e6) }: BatchOptions = {},
): Promise<unknown[]> {
  const input = async function* (): AsyncGenerator<Uint8Array> {
    yield* pieces;
  };
  const answers: unknown[] = [];
  for await (const line of batchLines(input(), runner, { maxBytes, budget, timeoutMs: 1000 })) {
    expect(line.endsWith("\n")).toBe(true);
    answers.push(JSON.parse(line));
  }
  expect(budget.usedBytes).toBe(0);
  return answers;
}

test.each([
  ["no JSON", "{", null, /not JSON/],
  ["null", "null", undefined, /kind/],
  ["a number", "7", undefined, /kind/],
  ["a list", "[]", undefined, /kind/],
  ["no kind", '{"id":"a","message":""}', "a", /kind/],
  ["an unknown kind", '{"id":[1],"kind":"fold","message":""}', [1], /kind/],
  ["no message", '{"id":1,"kind":"sign"}', 1, /message as base64/],
  ["a message that is no text", '{"id":1,"kind":"sign","message":7}', 1, /message as base64/],
])("a line with %s gets an error, and the next line is answered", async (_, line, id, error) => {
  const runner = await startRunner();
  const input = Buffer.from(`${line}\n\n${batchLine("next", "sign")}`);
  expect(await answersTo(runner, [input])).toEqual([
    {
      ...(id === undefined ? {} : { id }),
      ok: false,
      status: 422,
      error: expect.stringMatching(error),
    },
    { id: "next", ok: true, signatures: 1, message: expect.any(String) },
  ]);
});

test("a line that is too long ends the batch", async () => {
  const runner = await startRunner();
  const input = Buffer.from(`${"x".repeat(6000)}\n${batchLine(1, "sign")}\n`);
  expect(await answersTo(runner, [input], { maxBytes: 100 })).toEqual([
    {
      id: null,
      ok: false,
      status: 422,
      error: "the line is too long: expected lines of at most 4230 octets",
    },
  ]);
});

test("a line that does not fit into memory ends the batch with 503", async () => {
  const runner = await startRunner();
  const budget = new MemoryBudget(5000);
  const input = Buffer.from(`${batchLine(1, "sign")}\n${"x".repeat(6000)}\n`);
  expect(await answersTo(runner, [input], { budget })).toMatchObject([
    { id: 1, ok: true },
    { id: null, ok: false, status: 503, error: expect.stringContaining("limits.memory") },
  ]);
});

test("the answers do not depend on the pieces in which the lines arrive", async () => {
  const runner = await startRunner();
  const input = Buffer.from(`${batchLine(1, "verify")}\n{\n\n{"id":2}\n${batchLine(3, "verify")}`);
  const whole = await answersTo(runner, [input]);
  expect(whole).toHaveLength(4);
  const cuts = fc.array(fc.nat({ max: input.length }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const ends = [...places, input.length].toSorted((one, other) => one - other);
      const pieces = ends.map((end, at) => input.subarray(ends[at - 1] ?? 0, end));
      expect(await answersTo(runner, pieces)).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});
