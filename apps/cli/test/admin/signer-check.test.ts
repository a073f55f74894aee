import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { checkSigner, giveKey, signerOwner } from "../../src/admin/signer-check.ts";
import { serveAdmin } from "../serve-admin.ts";

const directory = temporaryDirectory("file");
const keyFile = join(directory, "s.key");
writeFileSync(keyFile, generateKey({ type: "ed25519" }).toPem(), { mode: 0o600 });
const key = { domain: "example.com", selector: "s", keyFile };
const config = join(directory, "none.yaml");
const us = String(process.getuid?.());

describe("the answer of a running program decides", () => {
  test.each([
    [{ usable: true }, { status: "usable" }],
    [
      { usable: false, reason: "no\u001b", remedy: "chown it" },
      { status: "unusable", problem: "no\\u001b; chown it" },
    ],
  ])("%j", async (answer, check) => {
    const { at, asked } = await serveAdmin(answer);
    expect(await checkSigner(key, { admin: at, config })).toEqual(check);
    expect(asked).toEqual([expect.stringContaining("/keys/check?domain=example.com&selector=s")]);
  });

  test("and its user becomes the owner of the key", async () => {
    const { at } = await serveAdmin({ usable: true, user: { uid: 998, gid: 997 } });
    expect(await signerOwner(key, { admin: at })).toEqual({ uid: 998, gid: 997 });
  });
});

describe("without a running program", () => {
  test("a key that the named user can read is usable", async () => {
    expect(await checkSigner(key, { relayUser: us, config })).toEqual({ status: "usable" });
  });

  test("a key that a relay would refuse is not usable", async () => {
    const open = join(directory, "open.key");
    writeFileSync(open, generateKey({ type: "ed25519" }).toPem());
    chmodSync(open, 0o666);
    const check = await checkSigner({ ...key, keyFile: open }, { relayUser: us, config });
    expect(check).toMatchObject({
      status: "unusable",
      problem: expect.stringMatching(/mode 0666/) as string,
    });
  });

  test("a key that does not exist is not usable, and nothing is thrown", async () => {
    const missing = { ...key, keyFile: join(directory, "none.key") };
    expect(await checkSigner(missing, { relayUser: us, config })).toMatchObject({
      status: "unusable",
      problem: expect.stringMatching(/^the permissions of the key cannot be read: /) as string,
    });
  });

  test("an unknown user is a wrong command line", async () => {
    await expect(checkSigner(key, { relayUser: "no-such-user" })).rejects.toMatchObject({
      exitCode: 2,
      message: '--relay-user: this system has no user "no-such-user"; give another name or number',
    });
  });
});

test("an owner that cannot be changed is reported with a remedy", async () => {
  const given = giveKey(join(directory, "none.key"), { uid: 1, gid: 1 });
  await expect(given).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/cannot change the owner of .*ENOENT; run/) as string,
  });
});
