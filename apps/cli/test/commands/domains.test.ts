import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, onTestFinished, test } from "vitest";
import { mailseal, mailsealAsync } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const database = join(directory, "keys.db");
const keyFile = join(directory, "example.com/s1.key");
/** The user who runs the test stands in for the user of the relay. */
const asUs = ["--relay-user", String(process.getuid?.())] as const;
mailseal(["keygen", "-d", "example.com", "-s", "s1", "-t", "ed25519", "-o", directory]);

test("a domain is added, listed and removed", () => {
  const add = ["domains", "add", "Example.com", "S1", keyFile, "--database", database];
  const added = mailseal([...add, ...asUs]);
  expect(added).toMatchObject({ code: 0, stderr: "" });
  expect(added.stdout).toBe(
    `s1._domainkey.example.com signs with ${keyFile} (ed25519, 256 bits)\n`,
  );
  const listed = mailseal(["domains", "list", "--database", database]);
  expect(listed.stdout).toBe(`example.com\ts1\t${keyFile}\n`);
  expect(
    JSON.parse(mailseal(["domains", "list", "--json", "--database", database]).stdout),
  ).toEqual([{ domain: "example.com", selector: "s1", keyFile }]);
  const removed = mailseal(["domains", "remove", "example.com", "--database", database]);
  expect(removed).toMatchObject({ code: 0, stdout: "1 removed\n" });
  const again = mailseal(["domains", "remove", "example.com", "s1", "--database", database]);
  expect(again).toMatchObject({ code: 1, stdout: "0 removed\n" });
});

test("the config names the table", () => {
  const config = join(directory, "mailseal.yaml");
  writeFileSync(config, "keys: { database: by-config.db }\n");
  expect(
    mailseal(["domains", "add", "example.com", "s1", keyFile, "-c", config, ...asUs]).code,
  ).toBe(0);
  const listed = mailseal(["domains", "list", "--database", join(directory, "by-config.db")]);
  expect(listed.stdout).toContain("example.com\ts1\t");
});

describe("a key that the user of the relay cannot read", () => {
  const table = join(directory, "unreadable.db");
  const add = (path: string, ...more: readonly string[]) =>
    mailseal(["domains", "add", "example.com", "s1", path, "--database", table, ...more]);
  const rows = (): string => mailseal(["domains", "list", "--database", table]).stdout;

  function keyIn(name: string, folderMode: number, mode: number): string {
    const folder = join(directory, name);
    mkdirSync(folder);
    const path = join(folder, "s1.key");
    copyFileSync(keyFile, path);
    chmodSync(path, mode);
    chmodSync(folder, folderMode);
    return path;
  }

  test.each([
    ["its mode", 0o755, 0o600, /user 12345 cannot read ".*s1\.key"; chown it to 12345 .*--chown/],
    ["its folder", 0o700, 0o644, /user 12345 cannot enter ".*folder"; chmod or chgrp/],
  ])("is not added, because of %s", (name, folderMode, mode, message) => {
    chmodSync(directory, 0o755);
    const path = keyIn(
      name.replace("its ", "the-").replace("the-folder", "folder"),
      folderMode,
      mode,
    );
    const refused = add(path, "--relay-user", "12345");
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toMatch(/^mailseal: not added, because the relay cannot use the key: /);
    expect(refused.stderr).toMatch(message);
    expect(existsSync(table) && rows()).not.toContain(path);
  });

  test.each([
    [
      "its group can change",
      0o755,
      0o660,
      /its group or others may write it \(mode 0660\).*; .*chmod/,
    ],
    ["others can replace", 0o777, 0o600, /its directory is writable by all \(mode 0777\)/],
  ])("a key that %s is not added", (name, folderMode, mode, message) => {
    const refused = add(keyIn(name.replaceAll(" ", "-"), folderMode, mode), ...asUs);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toMatch(message);
  });

  test("a key that is too short for the config is not added", () => {
    const short = join(directory, "short.key");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    writeFileSync(short, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const refused = add(short, ...asUs);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toContain("expected an RSA key of at least 2048 bits");
    const config = join(directory, "short.yaml");
    writeFileSync(config, "signing: { minimumRsaBits: 1024 }\n");
    expect(add(short, ...asUs, "-c", config)).toMatchObject({ code: 0, stderr: "" });
  });

  test("is added with --unchecked", () => {
    const path = keyIn("unchecked", 0o755, 0o600);
    expect(add(path, "--relay-user", "12345", "--unchecked").code).toBe(0);
    expect(rows()).toContain(path);
  });

  test.runIf(process.getuid?.() === 0)("becomes its own with --chown", () => {
    const path = keyIn("given", 0o755, 0o600);
    const given = add(path, "--relay-user", "12345", "--chown");
    expect(given).toMatchObject({ code: 0, stderr: "" });
    expect(given.stdout).toContain("signs with");
    expect(statSync(path)).toMatchObject({ uid: 12345, gid: 12345 });
  });

  test("must name a user that exists", () => {
    const path = keyIn("nobody", 0o755, 0o600);
    expect(add(path, "--relay-user", "no-such-user")).toMatchObject({ code: 2 });
  });
});

describe("a running relay is asked", () => {
  async function serve(answer: (url: URL) => { status: number; body: unknown }) {
    const asked: URL[] = [];
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      asked.push(url);
      const { status, body } = answer(url);
      response.writeHead(status).end(JSON.stringify(body));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return { asked, admin: ["--admin", `127.0.0.1:${port}`] };
  }
  const table = join(directory, "asked.db");
  const add = (admin: readonly string[]) =>
    mailsealAsync(["domains", "add", "example.com", "s1", keyFile, "--database", table, ...admin]);

  test("and its answer decides", async () => {
    const user = { uid: 998, gid: 998 };
    const reason = `"${keyFile}": user 998 may not read it (EACCES)`;
    const no = await serve(() => ({
      status: 200,
      body: { usable: false, user, reason, remedy: "chown it\u001b[2J" },
    }));
    const refused = await add(no.admin);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toContain(`${reason}; chown it\\u001b[2J`);
    expect(no.asked[0]?.searchParams.get("file")).toBe(keyFile);
    const yes = await serve(() => ({ status: 200, body: { usable: true, user } }));
    expect(await add(yes.admin)).toMatchObject({ code: 0, stderr: "" });
  });

  test("and an error response is reported", async () => {
    const refusing = await serve(() => ({ status: 401, body: { error: "expected the token" } }));
    const ended = await add(refusing.admin);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain("expected the token");
  });
});

describe("errors", () => {
  const bad = join(directory, "bad");
  writeFileSync(bad, "SECRETSECRET ".repeat(500));
  const empty = join(directory, "empty.yaml");
  writeFileSync(empty, "{}\n");
  test.for([
    [["add", "../x", "s1", keyFile, "--database", database], 2, /domain name/],
    [["add", "example.com", "a/b", keyFile, "--database", database], 2, /selector/],
    [["remove", "..", "--database", database], 2, /domain name/],
    [
      ["add", "example.com", "s1", bad, "--database", database],
      3,
      /expected a private key, got text that cannot be read as one/,
    ],
    [
      ["add", "example.com", "s1", join(directory, "none"), "--database", database],
      3,
      /no such file/,
    ],
    [["list", "--database", bad], 3, /cannot use the key database/],
    [
      ["list", "--database", join(directory, "none.db")],
      3,
      /there is no key database at .*none\.db; create one with mailseal domains add/,
    ],
    [["list", "-c", empty], 2, /has no keys\.database; set it there, or give --database/],
    [["list", "-c", join(directory, "none.yaml")], 3, /no such file/],
  ] as const)("%j ends with exit code %i", ([args, code, message]) => {
    const ended = mailseal(["domains", ...args]);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toContain("SECRETSECRET");
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(ended.code).toBe(code);
  });
});
