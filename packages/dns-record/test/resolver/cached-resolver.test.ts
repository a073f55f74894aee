import { describe, expect, test } from "vitest";
import {
  cachedResolver,
  type TtlOptions,
  type TxtAnswer,
  type TxtResolver,
} from "../../src/index.ts";

/** A resolver that counts, and a clock in seconds. */
class Fixture implements TxtResolver {
  answer: TxtAnswer = { status: "found", records: ["x"], ttlSeconds: 60 };
  seconds = 1000;
  readonly asked: string[] = [];

  resolveTxt(name: string): Promise<TxtAnswer> {
    this.asked.push(name);
    return Promise.resolve(this.answer);
  }

  cached(options: TtlOptions = {}): ReturnType<typeof cachedResolver> {
    return cachedResolver(this, { now: () => this.seconds * 1000, ...options });
  }
}

describe("how long an answer is kept, in seconds", () => {
  const found = (ttlSeconds?: number): TxtAnswer => ({
    status: "found",
    records: ["x"],
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
  });
  const failed = (status: "servfail" | "timeout" | "error"): TxtAnswer => ({ status, reason: "" });
  const cases: readonly (readonly [string, TxtAnswer, TtlOptions, number])[] = [
    ["its TTL", found(60), {}, 60],
    ["no TTL known", found(), {}, 300],
    ["no TTL known, told", found(), { defaultTtlSeconds: 7 }, 7],
    ["TTL 0", found(0), {}, 0],
    ["TTL 0, with a least", found(0), { minTtlSeconds: 10 }, 10],
    ["TTL above the most", found(1e9), {}, 86_400],
    ["TTL above the most, told", found(60), { maxTtlSeconds: 5 }, 5],
    ["the most wins over the least", found(1), { minTtlSeconds: 10, maxTtlSeconds: 5 }, 5],
    ["NXDOMAIN", { status: "nxdomain" }, {}, 300],
    ["NXDOMAIN with a SOA", { status: "nxdomain", ttlSeconds: 20 }, {}, 20],
    ["NXDOMAIN with a long SOA", { status: "nxdomain", ttlSeconds: 9999 }, {}, 300],
    ["NODATA, told", { status: "nodata" }, { negativeTtlSeconds: 12 }, 12],
    ["SERVFAIL", failed("servfail"), {}, 5],
    ["a timeout, told", failed("timeout"), { errorTtlSeconds: 2 }, 2],
    ["an error, never kept", failed("error"), { errorTtlSeconds: 0 }, 0],
  ];
  test.each(cases)("%s", async (_, answer, options, seconds) => {
    const fixture = new Fixture();
    fixture.answer = answer;
    const resolver = fixture.cached(options);
    expect(await resolver.resolveTxt("a")).toEqual(answer);
    if (seconds > 0) {
      fixture.seconds += seconds - 0.001;
      expect(resolver.peek("a")).toEqual(answer);
      expect(await resolver.resolveTxt("a")).toEqual(answer);
      expect(fixture.asked.length).toBe(1);
      fixture.seconds += 0.001;
    }
    expect(resolver.peek("a")).toBeUndefined();
    await resolver.resolveTxt("a");
    expect(fixture.asked.length).toBe(2);
  });
});

test("names are one without case and the dot at the end", async () => {
  const fixture = new Fixture();
  const resolver = fixture.cached();
  await resolver.resolveTxt("A.b");
  await resolver.resolveTxt("a.B.");
  expect(fixture.asked).toEqual(["a.b"]);
});

test("names of object properties are names", async () => {
  const fixture = new Fixture();
  const resolver = fixture.cached();
  expect(resolver.peek("__proto__")).toBeUndefined();
  expect(resolver.peek("constructor")).toBeUndefined();
  await resolver.resolveTxt("__proto__");
  expect(resolver.peek("__proto__")).toEqual(fixture.answer);
});

test("a hundred who ask at once are one query", async () => {
  const fixture = new Fixture();
  const resolver = fixture.cached({ errorTtlSeconds: 0 });
  const answers = await Promise.all(Array.from({ length: 100 }, () => resolver.resolveTxt("a")));
  expect(new Set(answers).size).toBe(1);
  expect(fixture.asked).toEqual(["a"]);
});

test("the answer used longest ago makes room", async () => {
  const fixture = new Fixture();
  const resolver = fixture.cached({ maxEntries: 2 });
  await resolver.resolveTxt("a");
  await resolver.resolveTxt("b");
  resolver.peek("a");
  await resolver.resolveTxt("c");
  expect(resolver.size).toBe(2);
  expect(["a", "b", "c"].map((name) => resolver.peek(name) !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
});

test("a new answer for a name takes no room of another", async () => {
  const fixture = new Fixture();
  const resolver = fixture.cached({ maxEntries: 2 });
  await resolver.resolveTxt("a");
  await resolver.resolveTxt("b");
  fixture.seconds += 61;
  await resolver.resolveTxt("b");
  expect(resolver.size).toBe(2);
});

test("memory is bounded under many names", async () => {
  const resolver = new Fixture().cached({ maxEntries: 50 });
  await Promise.all(Array.from({ length: 5000 }, (_, index) => resolver.resolveTxt(`n${index}`)));
  expect(resolver.size).toBe(50);
});

test("no entries means no cache", async () => {
  const fixture = new Fixture();
  const resolver = fixture.cached({ maxEntries: 0 });
  await resolver.resolveTxt("a");
  await resolver.resolveTxt("a");
  expect(fixture.asked.length).toBe(2);
  expect(resolver.size).toBe(0);
});

test("a very large answer is handed on and not kept", async () => {
  const fixture = new Fixture();
  fixture.answer = { status: "found", records: ["x".repeat(16_000), "x".repeat(1000)] };
  const resolver = fixture.cached();
  expect(await resolver.resolveTxt("a")).toBe(fixture.answer);
  expect(resolver.size).toBe(0);
});

test("clear forgets what is kept, and what is being asked", async () => {
  const fixture = new Fixture();
  const resolver = fixture.cached();
  await resolver.resolveTxt("a");
  const waiting = resolver.resolveTxt("b");
  resolver.clear();
  expect(await waiting).toEqual(fixture.answer);
  expect(resolver.size).toBe(0);
  await resolver.resolveTxt("b");
  expect(fixture.asked).toEqual(["a", "b", "b"]);
});

test("a resolver that rejects has failed for now", async () => {
  const resolver = cachedResolver({ resolveTxt: () => Promise.reject(new Error("broken")) });
  expect(await resolver.resolveTxt("a")).toEqual({ status: "error", reason: "broken" });
});

test("so has one that throws", async () => {
  const resolver = cachedResolver({
    resolveTxt() {
      throw new Error("broken");
    },
  });
  expect(await resolver.resolveTxt("a")).toEqual({ status: "error", reason: "broken" });
});

test("options that are no numbers are refused", () => {
  expect(() => new Fixture().cached({ maxEntries: -1 })).toThrow(/maxEntries.*-1/);
  expect(() => new Fixture().cached({ maxTtlSeconds: Number.NaN })).toThrow(
    expect.objectContaining({ code: "invalid-option" }),
  );
});
