import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type KeyOptions, type KeyRequest, keyRequest } from "../../src/keys/key-request.ts";
import { type KeyLoad, KeyStore, type KeyStoreOptions } from "../../src/keys/key-store.ts";
import type { PermissionWarning } from "../../src/keys/secret-file.ts";
import { temporaryDirectory, write } from "../support/files.ts";
import { key, otherKey } from "../support/mail.ts";

const directory = temporaryDirectory();
const pem = key.toPem();

interface Stored {
  readonly store: KeyStore;
  readonly loads: KeyLoad[];
  readonly warnings: PermissionWarning[];
  readonly clock: { ms: number };
}

function storeWith(options: Partial<KeyStoreOptions> = {}): Stored {
  const loads: KeyLoad[] = [];
  const warnings: PermissionWarning[] = [];
  const clock = { ms: 0 };
  const all: KeyStoreOptions = {
    cacheSize: 100,
    positiveTtl: 1000,
    negativeTtl: 5000,
    checkPermissions: "refuse",
    ...options,
  };
  const store = new KeyStore(
    all,
    { nowMs: () => 0, elapsedNs: () => clock.ms * 1e6 },
    { onLoad: (load) => loads.push(load), onWarning: (warning) => warnings.push(warning) },
  );
  return { store, loads, warnings, clock };
}

function request(options: Partial<KeyOptions>): KeyRequest {
  const made = keyRequest({ domain: "example.com", selector: "s1", ...options });
  if (made === undefined) throw new Error("expected a request");
  return made;
}

describe("a key", () => {
  const encrypted = key.toPem({ passphrase: "correct horse" });
  const cases: readonly (readonly [string, Partial<KeyOptions>])[] = [
    ["in a directory", { key: `${directory}/%{d}/%{s}.key` }],
    ["as PEM text", { keyText: pem }],
    ["as bare base64", { keyText: pem.replaceAll(/-----[^-]+-----|\s/g, "") }],
    [
      "that is encrypted",
      {
        keyText: encrypted,
        passphraseFile: write(directory, "passphrase", "correct horse\nnot this\n"),
      },
    ],
  ];
  write(directory, "example.com/s1.key", pem);

  test.for(cases)("%s is found", async ([, options]) => {
    const answer = await storeWith().store.find(request(options));
    expect(answer.status === "found" && answer.key.publicKey.equals(key.publicKey)).toBe(true);
  });
});

describe("what cannot be used", () => {
  mkdirSync(join(directory, "folder.key"));
  execFileSync("mkfifo", [join(directory, "fifo.key")]);
  const cases = [
    ["no file", { key: `${directory}/none` }, "missing"],
    ["no folder", { key: `${directory}/none/%{s}` }, "missing"],
    ["a name too long", { key: `${directory}/${"x".repeat(300)}` }, "missing"],
    ["a folder", { key: `${directory}/folder.key` }, "unusable"],
    ["a FIFO, which would be waited for", { key: `${directory}/fifo.key` }, "unusable"],
    ["text that is no key", { keyText: "SECRETSECRET" }, "unusable"],
    ["a file that is no key", { key: write(directory, "bad.key", "SECRETSECRET") }, "unusable"],
    ["a large file", { key: write(directory, "big.key", "x".repeat(70_000)) }, "unusable"],
    ["open to others", { key: write(directory, "open.key", pem, 0o644) }, "unusable"],
    ["writable by its group", { key: write(directory, "group.key", pem, 0o660) }, "unusable"],
    [
      "a wrong passphrase",
      {
        keyText: key.toPem({ passphrase: "right" }),
        passphraseFile: write(directory, "wrong", "SECRETSECRET"),
      },
      "unusable",
    ],
    ["no passphrase file", { keyText: pem, passphraseFile: `${directory}/none` }, "unusable"],
  ] as const;

  test.for(cases)("%s", async ([, options, status]) => {
    const answer = await storeWith().store.find(request(options));
    expect(answer.status).toBe(status);
    const shown = inspect(answer, { depth: 5 });
    expect(shown).not.toContain("SECRET");
    expect(shown).not.toContain(pem.split("\n")[1]);
    expect("reason" in answer && answer.reason).toMatch(/^[\x20-\x7e]+$/);
  });
});

test.for([
  ["warn", 1],
  ["off", 0],
] as const)("checkPermissions %s uses a key that others may read", async ([mode, warned]) => {
  const { store, warnings } = storeWith({ checkPermissions: mode });
  const path = write(directory, `${mode}.key`, pem, 0o604);
  expect((await store.find(request({ key: path }))).status).toBe("found");
  expect(warnings).toEqual(warned === 1 ? [{ path, mode: "0604" }] : []);
});

test("a key is kept for its time, and at once at hand", async () => {
  const { store, loads, clock } = storeWith();
  const path = write(directory, "kept.key", pem);
  const first = await store.find(request({ key: path }));
  expect(store.find(request({ key: path }))).toBe(first);
  write(directory, "kept.key", otherKey.toPem());
  clock.ms = 999;
  expect(store.find(request({ key: path }))).toBe(first);
  clock.ms = 1000;
  const second = await store.find(request({ key: path }));
  expect(second.status === "found" && second.key.publicKey.equals(otherKey.publicKey)).toBe(true);
  expect(loads.map(({ answer }) => answer.status)).toEqual(["found", "found"]);
});

test("an absent key is not looked for again until its time is over", async () => {
  const { store, loads, clock } = storeWith();
  const wanted = request({ key: `${directory}/later.key` });
  expect((await store.find(wanted)).status).toBe("missing");
  write(directory, "later.key", pem);
  clock.ms = 4999;
  expect((await store.find(wanted)).status).toBe("missing");
  clock.ms = 5000;
  expect((await store.find(wanted)).status).toBe("found");
  expect(loads).toHaveLength(2);
});

test("another revision of a path is another key", async () => {
  const { store, loads } = storeWith();
  const path = write(directory, "revised.key", pem);
  await store.find(request({ key: path, revision: 1 }));
  await store.find(request({ key: path, revision: 2 }));
  expect(loads).toHaveLength(2);
});

test("those who ask at a time share one load", async () => {
  const { store, loads } = storeWith();
  const wanted = request({ key: write(directory, "shared.key", pem) });
  const answers = await Promise.all(Array.from({ length: 50 }, () => store.find(wanted)));
  expect(new Set(answers).size).toBe(1);
  expect(loads).toHaveLength(1);
});

test("no more keys are kept than cacheSize", async () => {
  const { store } = storeWith({ cacheSize: 3 });
  for (let count = 0; count < 10; count++) {
    await store.find(request({ key: `${directory}/absent-${count}` }));
  }
  expect(store.size).toBe(3);
});

test("a symbolic link to a key is followed", async () => {
  const target = write(directory, "target.key", pem);
  const link = join(directory, "link.key");
  rmSync(link, { force: true });
  symlinkSync(target, link);
  chmodSync(target, 0o600);
  expect((await storeWith().store.find(request({ key: link }))).status).toBe("found");
});

test(
  "10,000 domains are preloaded, a cache of 10 notwithstanding",
  { timeout: 60_000 },
  async () => {
    const root = join(directory, "many");
    const requests = Array.from({ length: 10_000 }, (_, index) => {
      const domain = `d${index}.example`;
      write(root, `${domain}.key`, pem);
      return request({ domain, key: `${root}/%{d}.key` });
    });
    const { store, loads } = storeWith({ cacheSize: 10 });
    expect(await store.preload(requests)).toBe(10_000);
    expect([store.size, loads.length]).toEqual([10_000, 10_000]);
    expect(requests.every((wanted) => !(store.find(wanted) instanceof Promise))).toBe(true);
  },
);
