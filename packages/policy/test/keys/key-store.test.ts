import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { inspect } from "node:util";
import { configSchema } from "@mailseal/config";
import type { PermissionWarning } from "@mailseal/config/secrets";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { type KeyOptions, type KeyRequest, keyRequest } from "../../src/keys/key-request.ts";
import { type KeyLoad, KeyStore, type KeyStoreOptions } from "../../src/keys/key-store.ts";
import { key, otherKey } from "../support/mail.ts";

const directory = temporaryDirectory("file");
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
    allowWritable: false,
    ...options,
  };
  const store = new KeyStore(
    all,
    // The wall clock stands still, or is set back: it has no part in this.
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
        passphraseFile: writeTestFile(directory, "passphrase", "correct horse\nnot this\n"),
      },
    ],
  ];
  writeTestFile(directory, "example.com/s1.key", pem);

  test.for(cases)("%s is found", async ([, options]) => {
    const answer = await storeWith().store.find(request(options));
    expect(answer.status === "found" && answer.key.publicKey.equals(key.publicKey)).toBe(true);
  });
});

describe("what cannot be used", () => {
  mkdirSync(join(directory, "folder.key"));
  execFileSync("mkfifo", [join(directory, "fifo.key")]);
  symlinkSync(join(directory, "nowhere"), join(directory, "dangling.key"));
  symlinkSync(join(directory, "circle.key"), join(directory, "circle.key"));
  mkdirSync(join(directory, "everybody"));
  writeTestFile(directory, "everybody/s1.key", pem);
  chmodSync(join(directory, "everybody"), 0o777);
  const base64 = Buffer.from(key.publicKey.toSpki()).toString("base64");
  const spki = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
  const cases = [
    ["no file", { key: `${directory}/none` }, "missing", "no such file"],
    ["no folder", { key: `${directory}/none/%{s}` }, "missing", "no such file"],
    [
      "a file for a folder",
      { key: `${directory}/example.com/s1.key/%{s}` },
      "missing",
      "a directory of its path is a file",
    ],
    ["a name too long", { key: `${directory}/${"x".repeat(300)}` }, "missing", "too long"],
    ["a folder", { key: `${directory}/folder.key` }, "unusable", "got a directory"],
    ["a FIFO, which would be waited for", { key: `${directory}/fifo.key` }, "unusable", "a FIFO"],
    ["a device without end", { key: "/dev/zero" }, "unusable", "a FIFO, socket or device"],
    ["a link to nothing", { key: `${directory}/dangling.key` }, "unusable", "symbolic link"],
    ["links in a circle", { key: `${directory}/circle.key` }, "unusable", "in a circle"],
    ["text that is no key", { keyText: "SECRETSECRET" }, "unusable", "keyText: expected"],
    [
      "a file that is no key",
      { key: writeTestFile(directory, "bad.key", "SECRETSECRET") },
      "unusable",
      "cannot be read as one",
    ],
    [
      "an empty file",
      { key: writeTestFile(directory, "empty.key", "") },
      "unusable",
      "it is empty",
    ],
    [
      "half a file",
      { key: writeTestFile(directory, "half.key", pem.slice(0, 60)) },
      "unusable",
      "without its END line",
    ],
    [
      "a public key",
      { key: writeTestFile(directory, "public.key", spki) },
      "unusable",
      'expected a private key, got a PEM of "PUBLIC KEY"',
    ],
    [
      "a certificate",
      { key: writeTestFile(directory, "cert.key", spki.replaceAll("PUBLIC KEY", "CERTIFICATE")) },
      "unusable",
      'got a PEM of "CERTIFICATE"',
    ],
    [
      "an encrypted key without passphraseFile",
      { key: writeTestFile(directory, "locked.key", key.toPem({ passphrase: "right" })) },
      "unusable",
      "encrypted",
    ],
    [
      "a large file",
      { key: writeTestFile(directory, "big.key", "x".repeat(70_000)) },
      "unusable",
      "at most 65536 bytes",
    ],
    [
      "open to others",
      { key: writeTestFile(directory, "open.key", pem, 0o644) },
      "unusable",
      "(mode 0644)",
    ],
    [
      "writable by its group",
      { key: writeTestFile(directory, "group.key", pem, 0o660) },
      "unusable",
      "its group or others may write it (mode 0660)",
    ],
    [
      "in a directory that everybody may write",
      { key: `${directory}/everybody/s1.key` },
      "unusable",
      "everybody may replace it",
    ],
    [
      "a wrong passphrase",
      {
        keyText: key.toPem({ passphrase: "right" }),
        passphraseFile: writeTestFile(directory, "wrong", "SECRETSECRET"),
      },
      "unusable",
      "cannot be decrypted",
    ],
    [
      "no passphrase file",
      { keyText: pem, passphraseFile: `${directory}/none` },
      "unusable",
      "no such file",
    ],
  ] as const;

  test.for(cases)("%s", async ([, options, status, reason]) => {
    const answer = await storeWith().store.find(request(options));
    expect(answer.status).toBe(status);
    const shown = inspect(answer, { depth: 5 });
    expect(shown).not.toContain("SECRET");
    expect(shown).not.toContain(pem.split("\n")[1]);
    expect("reason" in answer && answer.reason).toContain(reason);
    expect("reason" in answer && answer.reason).toMatch(/^[\x20-\x7e]+$/);
    expect("remedy" in answer && answer.remedy).toMatch(/^[\x20-\x7e]{10,}$/);
    if ("key" in options) {
      const path = options.key.replace("%{s}", "s1");
      expect("reason" in answer && answer.reason.startsWith(`${JSON.stringify(path)}: `)).toBe(
        true,
      );
    }
  });
});

test.for([0o606, 0o660, 0o666])("mode %o is refused by default, and used by name", async (mode) => {
  const path = writeTestFile(directory, `writable-${mode}.key`, pem, mode);
  const byDefault = storeWith(configSchema.parse({}).keys);
  expect((await byDefault.store.find(request({ key: path }))).status).toBe("unusable");
  const allowed = storeWith({ ...configSchema.parse({}).keys, allowWritable: true });
  expect((await allowed.store.find(request({ key: path }))).status).toBe("found");
});

test("a link in a directory that everybody may write is refused, wherever it leads", async () => {
  const target = writeTestFile(directory, "linked-target.key", pem);
  mkdirSync(join(directory, "open-links"));
  const link = join(directory, "open-links", "s1.key");
  symlinkSync(target, link);
  chmodSync(join(directory, "open-links"), 0o777);
  expect((await storeWith().store.find(request({ key: link }))).status).toBe("unusable");
});

test("a key in a directory such as /tmp, sticky, is used", async () => {
  const path = writeTestFile(directory, "sticky/s1.key", pem);
  chmodSync(join(directory, "sticky"), 0o1777);
  expect((await storeWith().store.find(request({ key: path }))).status).toBe("found");
});

test.for([
  ["warn", 1],
  ["off", 0],
] as const)("checkPermissions %s uses a key that others may read", async ([mode, warned]) => {
  const { store, warnings } = storeWith({ checkPermissions: mode });
  const path = writeTestFile(directory, `${mode}.key`, pem, 0o604);
  expect((await store.find(request({ key: path }))).status).toBe("found");
  expect(warnings).toEqual(warned === 1 ? [{ path, mode: "0604" }] : []);
});

test("a key is kept for its time, and at once at hand", async () => {
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

describe("that a key is absent or unusable", () => {
  const repairs: readonly (readonly [string, (path: string) => void, (path: string) => void])[] = [
    ["put there", () => undefined, (path) => writeTestFile(directory, basename(path), pem)],
    [
      "written anew",
      (path) => writeTestFile(directory, basename(path), "half"),
      (path) => writeTestFile(directory, basename(path), pem),
    ],
    [
      "given other permissions",
      (path) => writeTestFile(directory, basename(path), pem, 0o666),
      (path) => chmodSync(path, 0o600),
    ],
    [
      "linked to what is there",
      (path) => symlinkSync(`${path}.target`, path),
      (path) => writeTestFile(directory, `${basename(path)}.target`, pem),
    ],
  ];

  test.for(repairs)("is over within a second of its being %s", async ([name, spoil, mend]) => {
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

  test("costs one look a second, and is read anew after negativeTtl", async () => {
    const { store, loads, clock } = storeWith();
    const wanted = request({ key: `${directory}/never.key` });
    await store.find(wanted);
    expect(store.find(wanted)).not.toBeInstanceOf(Promise);
    for (clock.ms = 0; clock.ms < 5000; clock.ms += 100) await store.find(wanted);
    expect(loads).toHaveLength(1);
    await store.find(wanted);
    expect(loads).toHaveLength(2);
  });

  test("is kept for seconds by default", () => {
    expect(configSchema.parse({}).keys.negativeTtl).toBeLessThanOrEqual(10_000);
  });
});

test("a key that is doubted is read anew within a second", async () => {
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

test("those who ask at a time share one load", async () => {
  const { store, loads } = storeWith();
  const wanted = request({ key: writeTestFile(directory, "shared.key", pem) });
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
  const target = writeTestFile(directory, "target.key", pem);
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
      writeTestFile(root, `${domain}.key`, pem);
      return request({ domain, key: `${root}/%{d}.key` });
    });
    const { store, loads } = storeWith({ cacheSize: 10 });
    expect(await store.preload(requests)).toBe(10_000);
    expect([store.size, loads.length]).toEqual([10_000, 10_000]);
    expect(requests.every((wanted) => !(store.find(wanted) instanceof Promise))).toBe(true);
  },
);
