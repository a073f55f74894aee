import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { getuid } from "node:process";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { keysCheck } from "../../../src/doctor/checks/keys.ts";
import { type Examined, examined } from "../support/examined.ts";
import { mailseal, postfixRoot } from "../support/postfix-root.ts";

const pem = generateKey({ type: "ed25519" }).toPem();

interface Place {
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
  readonly directoryMode?: number;
}

/** A key of example.com as the package lays it out, but for what the test changes. */
async function keysAt(place: Place | undefined): Promise<Examined & { readonly file: string }> {
  const keys = temporaryDirectory("test");
  chmodSync(keys, 0o755);
  const file = join(keys, "example.com/mail.key");
  if (place !== undefined) {
    const { uid = 0, gid = mailseal.gid, mode = 0o640, directoryMode = 0o750 } = place;
    mkdirSync(dirname(file));
    writeFileSync(file, pem);
    chownSync(file, uid, gid);
    chmodSync(file, mode);
    chownSync(dirname(file), 0, mailseal.gid);
    chmodSync(dirname(file), directoryMode);
  }
  const { installation } = postfixRoot({
    config: `signing: { selector: mail, key: "${keys}/%{d}/%{s}.key" }\ndomains: { example.com: {} }\n`,
  });
  return { ...(await examined(keysCheck, installation)), file };
}

describe.skipIf(getuid?.() !== 0)("a key", () => {
  test("as the package lays it out is well", async () => {
    expect(await keysAt({})).toMatchObject({ findings: [], unknown: [], applies: true });
  });

  test("of the relay's own is well", async () => {
    expect((await keysAt({ uid: mailseal.uid, gid: mailseal.gid, mode: 0o600 })).kinds).toEqual([]);
  });

  test("of root alone cannot be read by the relay", async () => {
    const { findings, file } = await keysAt({ gid: 0, mode: 0o600 });
    expect(findings).toEqual([
      {
        kind: "key-unreadable",
        what: `User mailseal cannot read ${file}`,
        command: `chown root:mailseal ${file} && chmod 0640 ${file}`,
      },
    ]);
  });

  test("one of many outside the directory of the keys never leads to a search for keys of others", async () => {
    const keys = temporaryDirectory("test");
    chmodSync(keys, 0o755);
    const files = Array.from({ length: 7 }, (_, index) => join(keys, `d${index}.example/mail.key`));
    for (const file of files) {
      mkdirSync(dirname(file));
      writeFileSync(file, pem, { mode: 0o600 });
    }
    const domains = files.map((_, index) => `d${index}.example: {}`).join(", ");
    const { installation } = postfixRoot({
      config: `signing: { selector: mail, key: "${keys}/%{d}/%{s}.key" }\ndomains: { ${domains} }\n`,
    });
    const { findings } = await examined(keysCheck, installation);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.command).not.toContain("find");
    for (const file of files) expect(findings[0]?.command).toContain(file);
  });

  test("in a closed directory needs the directory opened as well", async () => {
    const { findings, file } = await keysAt({ directoryMode: 0o700 });
    expect(findings[0]?.command).toBe(
      `chgrp mailseal ${dirname(file)} && chmod g+x ${dirname(file)} && chown root:mailseal ${file} && chmod 0640 ${file}`,
    );
  });

  test("that everybody can read is exposed", async () => {
    const { findings, file } = await keysAt({ mode: 0o644 });
    expect(findings).toEqual([
      {
        kind: "key-exposed",
        what: `Every user can read ${file} (mode 0644)`,
        command: `chown root:mailseal ${file} && chmod 0640 ${file}`,
      },
    ]);
  });

  test("that its group can write is refused by the relay", async () => {
    const { findings, file } = await keysAt({ mode: 0o660 });
    expect(findings).toMatchObject([
      { kind: "key-unusable", command: `chown root:mailseal ${file} && chmod 0640 ${file}` },
    ]);
  });

  test("that is not there can be made", async () => {
    const { findings, file } = await keysAt(undefined);
    expect(findings).toMatchObject([
      { kind: "key-missing", what: `There is no key ${file} for example.com` },
    ]);
  });
});
