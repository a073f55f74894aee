import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { configSchema } from "@mailseal/config";
import { writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import type { KeyOptions } from "../../src/keys/key-request.ts";
import { directory, pem, request, storeWith } from "../support/key-stores.ts";
import { key } from "../support/mail.ts";

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

describe("a key that cannot be used", () => {
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
    ["a FIFO, which would block", { key: `${directory}/fifo.key` }, "unusable", "a FIFO"],
    ["a device without end", { key: "/dev/zero" }, "unusable", "a FIFO, socket or device"],
    ["a link to nothing", { key: `${directory}/dangling.key` }, "unusable", "symbolic link"],
    ["links in a circle", { key: `${directory}/circle.key` }, "unusable", "form a loop"],
    ["text that is not a key", { keyText: "SECRETSECRET" }, "unusable", "keyText: expected"],
    [
      "a file that is not a key",
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

test.for([0o606, 0o660, 0o666])(
  "mode %o is refused by default, and accepted with allowWritable",
  async (mode) => {
    const path = writeTestFile(directory, `writable-${mode}.key`, pem, mode);
    const byDefault = storeWith(configSchema.parse({}).keys);
    expect((await byDefault.store.find(request({ key: path }))).status).toBe("unusable");
    const allowed = storeWith({ ...configSchema.parse({}).keys, allowWritable: true });
    expect((await allowed.store.find(request({ key: path }))).status).toBe("found");
  },
);

test("a link in a directory that everybody may write is refused, wherever it leads", async () => {
  const target = writeTestFile(directory, "linked-target.key", pem);
  mkdirSync(join(directory, "open-links"));
  const link = join(directory, "open-links", "s1.key");
  symlinkSync(target, link);
  chmodSync(join(directory, "open-links"), 0o777);
  expect((await storeWith().store.find(request({ key: link }))).status).toBe("unusable");
});

test("a key in a sticky directory, such as /tmp, is used", async () => {
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

test("a symbolic link to a key is followed", async () => {
  const target = writeTestFile(directory, "target.key", pem);
  const link = join(directory, "link.key");
  rmSync(link, { force: true });
  symlinkSync(target, link);
  chmodSync(target, 0o600);
  expect((await storeWith().store.find(request({ key: link }))).status).toBe("found");
});
