import { chmodSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { configSchema } from "@mailseal/config";
import { writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { directory, pem, request, storeWith } from "../support/key-stores.ts";
import { otherKey } from "../support/mail.ts";

test("a key is cached for positiveTtl, and returned without a promise", async () => {
  const { store, loads, clock } = storeWith();
  const path = writeTestFile(directory, "kept.key", pem);
  const first = await store.find(request({ key: path }));
  expect(store.find(request({ key: path }))).toBe(first);
  writeTestFile(directory, "kept.key", otherKey.toPem());
  clock.ms = 999;
  expect(store.find(request({ key: path }))).toBe(first);
  clock.ms = 1000;
  const second = await store.find(request({ key: path }));
  expect(second.status === "found" && second.key.publicKey.equals(otherKey.publicKey)).toBe(true);
  expect(loads.map(({ answer }) => answer.status)).toEqual(["found", "found"]);
});

describe("a key that is missing or unusable", () => {
  const repairs: readonly (readonly [string, (path: string) => void, (path: string) => void])[] = [
    ["created", () => undefined, (path) => writeTestFile(directory, basename(path), pem)],
    [
      "rewritten",
      (path) => writeTestFile(directory, basename(path), "half"),
      (path) => writeTestFile(directory, basename(path), pem),
    ],
    [
      "given other permissions",
      (path) => writeTestFile(directory, basename(path), pem, 0o666),
      (path) => chmodSync(path, 0o600),
    ],
    [
      "linked to an existing file",
      (path) => symlinkSync(`${path}.target`, path),
      (path) => writeTestFile(directory, `${basename(path)}.target`, pem),
    ],
  ];

  test.for(repairs)("is found within a second after it was %s", async ([name, spoil, mend]) => {
    // As neg_keycache_ttl of Momentum would have it.
    const { store, loads, clock } = storeWith({ negativeTtl: 3_600_000 });
    const path = join(directory, `${name.replaceAll(" ", "-")}.key`);
    spoil(path);
    const wanted = request({ key: path });
    expect((await store.find(wanted)).status).not.toBe("found");
    mend(path);
    clock.ms = 1000;
    expect((await store.find(wanted)).status).toBe("found");
    expect(loads).toHaveLength(2);
  });

  test("is checked once a second, and read again after negativeTtl", async () => {
    const { store, loads, clock } = storeWith();
    const wanted = request({ key: `${directory}/never.key` });
    await store.find(wanted);
    expect(store.find(wanted)).not.toBeInstanceOf(Promise);
    for (clock.ms = 0; clock.ms < 5000; clock.ms += 100) await store.find(wanted);
    expect(loads).toHaveLength(1);
    await store.find(wanted);
    expect(loads).toHaveLength(2);
  });

  test("is cached for a few seconds by default", () => {
    expect(configSchema.parse({}).keys.negativeTtl).toBeLessThanOrEqual(10_000);
  });
});

test("a doubted key is read again within a second", async () => {
  const { store, clock } = storeWith({ positiveTtl: 300_000 });
  const path = writeTestFile(directory, "doubted.key", pem);
  const wanted = request({ key: path });
  const first = await store.find(wanted);
  store.doubt(wanted);
  expect(store.find(wanted)).toBe(first);
  writeTestFile(directory, "doubted.key", otherKey.toPem());
  clock.ms = 1000;
  const second = await store.find(wanted);
  expect(second.status === "found" && second.key.publicKey.equals(otherKey.publicKey)).toBe(true);
});

test("another revision of a path is another key", async () => {
  const { store, loads } = storeWith();
  const path = writeTestFile(directory, "revised.key", pem);
  await store.find(request({ key: path, revision: 1 }));
  await store.find(request({ key: path, revision: 2 }));
  expect(loads).toHaveLength(2);
});

test("concurrent requests share one load", async () => {
  const { store, loads } = storeWith();
  const wanted = request({ key: writeTestFile(directory, "shared.key", pem) });
  const answers = await Promise.all(Array.from({ length: 50 }, () => store.find(wanted)));
  expect(new Set(answers).size).toBe(1);
  expect(loads).toHaveLength(1);
});

test("the cache never exceeds cacheSize", async () => {
  const { store } = storeWith({ cacheSize: 3 });
  for (let count = 0; count < 10; count++) {
    await store.find(request({ key: `${directory}/absent-${count}` }));
  }
  expect(store.size).toBe(3);
});

test("10,000 domains are preloaded even with a cache of 10", { timeout: 60_000 }, async () => {
  const root = join(directory, "many");
  const requests = Array.from({ length: 10_000 }, (_, index) => {
    const domain = `d${index}.example`;
    writeTestFile(root, `${domain}.key`, pem);
    return request({ domain, key: `${root}/%{d}.key` });
  });
  const { store, loads } = storeWith({ cacheSize: 10 });
  expect(await store.preload(requests)).toBe(10_000);
  expect([store.size, loads.length]).toEqual([10_000, 10_000]);
  expect(requests.every((wanted) => !(store.find(wanted) instanceof Promise))).toBe(true);
});
