import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { readKey } from "../../src/files/key-file.ts";

const directory = temporaryDirectory("file");
const path = (name: string): string => join(directory, name);
writeFileSync(path("plain.key"), generateKey({ type: "ed25519" }).toPem());

test("a key file is read with its type and size", async () => {
  expect(await readKey(path("plain.key"))).toMatchObject({ type: "ed25519", bits: 256 });
});

test("the passphrase is the first line of its file", async () => {
  execFileSync("openssl", [
    ..."genpkey -algorithm ed25519 -aes256 -pass pass:secret -out".split(" "),
    path("locked.key"),
  ]);
  writeFileSync(path("passphrase"), "secret\r\nsecond line\n");
  const passphraseFile = path("passphrase");
  expect(await readKey(path("locked.key"), { passphraseFile })).toMatchObject({ type: "ed25519" });
  writeFileSync(path("wrong"), "guess\n");
  for (const options of [{}, { passphraseFile: path("wrong") }]) {
    await expect(readKey(path("locked.key"), options)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/locked\.key: .*passphrase/) as string,
    });
  }
});

test.each([
  ["SECRETSECRET".repeat(100), /: expected a private key, got text that cannot be read as one/],
  ["x".repeat(64 * 1024 + 1), /larger than 65536 bytes, the limit/],
])("a file that is not a key is refused without showing its content", async (text, reason) => {
  writeFileSync(path("text"), text);
  const read = readKey(path("text"));
  await expect(read).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(reason) as string,
  });
  await expect(read).rejects.not.toThrow(/SECRET/);
});
