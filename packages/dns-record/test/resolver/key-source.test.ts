import { describe, expect, test } from "vitest";
import {
  cachedResolver,
  formatKeyRecord,
  type KeyLookup,
  keySource,
  staticResolver,
  type TtlOptions,
  type TxtAnswer,
  type TxtResolver,
} from "../../src/index.ts";
import { craftedRsa, edKey, edRecord, rsaKey, rsaRecord } from "../keys.ts";

function sourceOf(answer: TxtAnswer, options: TtlOptions = {}) {
  const asked: string[] = [];
  const resolver = {
    resolveTxt(name: string) {
      asked.push(name);
      return Promise.resolve(answer);
    },
  };
  return { asked, keys: keySource(resolver, options) };
}

async function lookUp(...records: string[]): Promise<Extract<KeyLookup, { status: "found" }>> {
  const found = await sourceOf({ status: "found", records }).keys.find("s", "example.com");
  if (found.status !== "found") throw new Error(found.status);
  return found;
}

describe("candidates", () => {
  test("a key, ready for use", async () => {
    const { candidates } = await lookUp(rsaRecord);
    expect(candidates).toEqual([
      {
        ok: true,
        record: expect.objectContaining({ keyType: "rsa" }),
        publicKey: expect.anything(),
      },
    ]);
    const [candidate] = candidates;
    expect(candidate?.ok && candidate.publicKey?.equals(rsaKey.publicKey)).toBe(true);
  });

  const cases: readonly (readonly [string, readonly string[], readonly unknown[]])[] = [
    ["revoked", ["v=DKIM1; p="], [{ ok: true, record: { publicKey: new Uint8Array() } }]],
    ["unknown type", ["k=dsa; p=AAAA"], [{ ok: true, record: { keyType: "dsa" } }]],
    ["unreadable key", ["p=AAAA"], [{ ok: true, keyProblem: { code: "key-unreadable" } }]],
    ["e=1", [`p=${craftedRsa(2048, 1)}`], [{ ok: true, keyProblem: { code: "key-exponent" } }]],
    [
      "16384 bits",
      [`p=${craftedRsa(16_384, 3)}`],
      [{ ok: true, keyProblem: { code: "key-size" } }],
    ],
    ["256 bits", [`p=${craftedRsa(256, 3)}`], [{ ok: true, keyProblem: { code: "key-size" } }]],
    ["malformed", ["v=DKIM1; p=!"], [{ ok: false, code: "bad-base64" }]],
    ["1 MB", [`v=DKIM1; p=${"A".repeat(1 << 20)}`], [{ ok: false, code: "record-too-long" }]],
    ["10,000 tags", [`v=DKIM1;${"x=;".repeat(5000)}`], [{ ok: false, code: "duplicate-tag" }]],
    ["no key record", ["v=spf1 -all"], [{ ok: false, code: "bad-version" }]],
    ["no key record beside one", ["v=spf1 -all", "bogus", edRecord], [{ ok: true }]],
    [
      "several, one usable, in their order",
      ["v=DKIM1; p=!", "p=AAAA", rsaRecord],
      [
        { ok: false },
        { ok: true, keyProblem: expect.anything() },
        { ok: true, publicKey: expect.anything() },
      ],
    ],
    [
      "two keys",
      [rsaRecord, edRecord],
      [
        { ok: true, record: { keyType: "rsa" } },
        { ok: true, record: { keyType: "ed25519" } },
      ],
    ],
  ];
  test.each(cases)("%s", async (_, records, expected) => {
    expect((await lookUp(...records)).candidates).toMatchObject(expected);
  });

  test("no publicKey where the key cannot be used", async () => {
    const { candidates } = await lookUp("v=DKIM1; p=", "k=dsa; p=AAAA", "p=AAAA");
    expect(candidates.map((candidate) => "publicKey" in candidate)).toEqual([false, false, false]);
  });

  test("eight at most", async () => {
    const many = Array.from({ length: 100 }, (_, index) => `${edRecord}; n=${index}`);
    expect((await lookUp(...many)).candidates.length).toBe(8);
  });
});

describe("what DNS says is handed on", () => {
  test("TTL and AD bit", async () => {
    const { keys } = sourceOf({
      status: "found",
      records: [edRecord],
      ttlSeconds: 60,
      authenticated: true,
    });
    expect(await keys.find("s", "example.com")).toMatchObject({
      ttlSeconds: 60,
      authenticated: true,
    });
  });

  const cases: readonly (readonly [TxtAnswer, KeyLookup])[] = [
    [{ status: "nxdomain", ttlSeconds: 1 }, { status: "nxdomain" }],
    [{ status: "nodata", authenticated: false }, { status: "nodata" }],
    [{ status: "found", records: [] }, { status: "nodata" }],
    [
      { status: "servfail", reason: "a" },
      { status: "servfail", reason: "a" },
    ],
    [
      { status: "timeout", reason: "b" },
      { status: "timeout", reason: "b" },
    ],
    [
      { status: "error", reason: "c" },
      { status: "error", reason: "c" },
    ],
  ];
  test.each(cases)("%j", async (answer, lookup) => {
    expect(await sourceOf(answer).keys.find("s", "example.com")).toEqual(lookup);
  });

  test("a resolver that rejects has failed for now", async () => {
    const keys = keySource({ resolveTxt: () => Promise.reject(new Error("broken")) });
    expect(await keys.find("s", "example.com")).toEqual({ status: "error", reason: "broken" });
  });
});

describe("the cache", () => {
  test("a hit is the same object, without a promise", async () => {
    const { keys, asked } = sourceOf({ status: "found", records: [edRecord] });
    const first = keys.find("s", "example.com");
    expect(first).toBeInstanceOf(Promise);
    const lookup = await first;
    expect(keys.find("s", "example.com")).toBe(lookup);
    expect(keys.find("S", "EXAMPLE.com")).toBe(lookup);
    expect(asked).toEqual(["s._domainkey.example.com"]);
  });

  test("U-labels and A-labels are one name", async () => {
    const { keys, asked } = sourceOf({ status: "found", records: [edRecord] });
    const lookup = await keys.find("s", "bücher.example");
    expect(keys.find("s", "xn--bcher-kva.example")).toBe(lookup);
    expect(keys.find("s", "BÜCHER.example")).toBe(lookup);
    expect(asked).toEqual(["s._domainkey.xn--bcher-kva.example"]);
  });

  test("negative answers and errors are hits too", async () => {
    const negative = sourceOf({ status: "nxdomain" });
    await negative.keys.find("s", "example.com");
    expect(negative.keys.find("s", "example.com")).toEqual({ status: "nxdomain" });
    const failing = sourceOf({ status: "timeout", reason: "" });
    await failing.keys.find("s", "example.com");
    expect(failing.keys.find("s", "example.com")).toEqual({ status: "timeout", reason: "" });
  });

  test("an answer past its TTL is asked for again", async () => {
    let seconds = 0;
    const { keys, asked } = sourceOf(
      { status: "found", records: [edRecord], ttlSeconds: 60 },
      { now: () => seconds * 1000 },
    );
    await keys.find("s", "example.com");
    seconds = 59;
    expect(keys.find("s", "example.com")).not.toBeInstanceOf(Promise);
    seconds = 60;
    await keys.find("s", "example.com");
    expect(asked.length).toBe(2);
  });

  test("a hundred who ask at once are one query", async () => {
    const { keys, asked } = sourceOf({ status: "found", records: [edRecord] });
    const lookups = await Promise.all(
      Array.from({ length: 100 }, () => keys.find("s", "example.com")),
    );
    expect(new Set(lookups).size).toBe(1);
    expect(asked.length).toBe(1);
  });

  test("is bounded, and can be emptied", async () => {
    const { keys } = sourceOf({ status: "found", records: [edRecord] }, { maxEntries: 10 });
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => keys.find(`s${index}`, "a.example")),
    );
    expect(keys.size).toBe(10);
    keys.clear();
    expect(keys.size).toBe(0);
  });

  test("a very large answer is not kept", async () => {
    const { keys } = sourceOf({ status: "found", records: [edRecord, "x".repeat(20_000)] });
    expect(await keys.find("s", "example.com")).toMatchObject({ status: "found" });
    expect(keys.size).toBe(0);
  });
});

describe("names that no DNS name can be made of never reach the resolver", () => {
  const octets63 = "a".repeat(63);
  const cases: readonly (readonly [string, string])[] = [
    ["../etc/passwd", "example.com"],
    ["s", "exa mple.com"],
    ["s", "example.com."],
    ["", "example.com"],
    ["s", ""],
    ["s\u0000", "example.com"],
    [octets63, [octets63, octets63, octets63].join(".")],
  ];
  test.each(cases)("%j, %j", (selector, domain) => {
    const { keys, asked } = sourceOf({ status: "found", records: [edRecord] });
    expect(keys.find(selector, domain)).toEqual({ status: "nxdomain" });
    expect(asked).toEqual([]);
    expect(keys.size).toBe(0);
  });
});

test("over a static zone", async () => {
  const keys = keySource(
    staticResolver(new Map([["s._domainkey.example.com", [formatKeyRecord(edKey.publicKey)]]])),
  );
  expect(await keys.find("s", "example.com")).toMatchObject({ candidates: [{ ok: true }] });
});

describe("a programming error is no failure of DNS", () => {
  test.each<[string, unknown]>([
    ["a function", async () => [edRecord]],
    ["an object without resolveTxt", { resolve: async () => [edRecord] }],
    ["nothing", undefined],
  ])("%s in place of a resolver is refused", (_, resolver) => {
    expect(() => keySource(resolver as TxtResolver)).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });

  test.each<[string, unknown]>([
    ["lists of strings, as dns.resolveTxt answers", [[edRecord]]],
    ["nothing", undefined],
    ["found, without records", { status: "found" }],
    ["a status that is no text", { status: 404 }],
  ])("an answer of %s rejects", async (_, answer) => {
    const resolver = { resolveTxt: async () => answer as TxtAnswer };
    for (const keys of [keySource(resolver), keySource(cachedResolver(resolver))]) {
      await expect(keys.find("s", "example.com")).rejects.toMatchObject({ code: "invalid-option" });
    }
  });

  test("a signature may name any selector", async () => {
    const { keys, asked } = sourceOf({ status: "found", records: [edRecord] });
    await keys.find("s._domainkey.example.com", "example.com");
    expect(asked).toEqual(["s._domainkey.example.com._domainkey.example.com"]);
  });
});
