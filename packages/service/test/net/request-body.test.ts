import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryBudget, readBody, type RequestBody } from "../../src/index.ts";

const timeoutMs = 60_000;

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function textOf(body: RequestBody): string {
  return body.ok ? body.bytes.toString() : `${body.status} ${body.error}`;
}

test.each([undefined, null, "5"])("a body is read whole, declared as %s", async (declared) => {
  const budget = new MemoryBudget(10_000);
  const body = await readBody(pieces("he", "", "llo"), declared, {
    maxBytes: 100,
    budget,
    timeoutMs,
  });
  expect(textOf(body)).toBe("hello");
  expect(budget.usedBytes).toBeGreaterThanOrEqual(5);
  if (body.ok) body.release();
  expect(budget.usedBytes).toBe(0);
});

describe("a body is refused, and its memory given back,", () => {
  test.each([
    ["declared too long", 100, "101", ["x"], /^413 .*at most 100 octets$/],
    [
      "too long in fact",
      1000,
      undefined,
      ["x".repeat(60), "y".repeat(60)],
      /^413 .*at most 100 octets$/,
    ],
    ["longer than declared", 100, "3", ["hello"], /^413 .*at most 3 octets$/],
    ["without room for it as declared", 100, "90", ["x"], /^503 .*limits\.memory/],
    [
      "without room for it as it arrives",
      100,
      undefined,
      ["x".repeat(90)],
      /^503 .*limits\.memory/,
    ],
  ] as const)("%s", async (_name, sizeBytes, declared, texts, refusal) => {
    const budget = new MemoryBudget(sizeBytes);
    expect(budget.take(20)).toBe(true);
    const limits = { maxBytes: 100, budget, timeoutMs };
    const body = await readBody(pieces(...texts), declared, limits);
    expect(textOf(body)).toMatch(refusal);
    expect(budget.usedBytes).toBe(20);
  });

  test("that arrives too slowly", async () => {
    const budget = new MemoryBudget(10_000);
    let release: () => void = () => undefined;
    onTestFinished(() => release());
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    }
    const body = await readBody(slow(), undefined, { maxBytes: 100, budget, timeoutMs: 20 });
    expect(textOf(body)).toMatch(/^408 .*within 20 ms$/);
    expect(budget.usedBytes).toBe(0);
  });

  test("whose client goes away", async () => {
    const budget = new MemoryBudget(10_000);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error("aborted");
    }
    const limits = { maxBytes: 100, budget, timeoutMs };
    await expect(readBody(broken(), undefined, limits)).rejects.toThrow("aborted");
    expect(budget.usedBytes).toBe(0);
  });
});
