import { chmodSync } from "node:fs";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LoginMap, readLoginMap } from "../../src/files/login-map.ts";
import { plainAddress } from "../../src/files/plain-address.ts";
import { loadConfig } from "../../src/loading/load-config.ts";

/** As an administrator of Postfix has it. */
const table = `# sender             login
joe@example.com       joe
Ann@Example.COM\tann, boss
  # a comment between a line and its continuation

   deputy
@customer.example     customer-1,customer-2
ceo@customer.example  ceo@customer.example
"two words"@example.com joe
@b\u00fccher.example     emil
root                  ops
joe@example.com       eve
`;
const map = LoginMap.parse(table, ["mx.example.com", "example.net"]);
const owns = (login: string, address: string): boolean => map.owns(login, plainAddress(address));

describe("a table of smtpd_sender_login_maps", () => {
  test.each([
    ["joe", "joe@example.com"],
    ["JOE", "Joe@EXAMPLE.com"],
    ["joe", "joe+news@example.com"],
    ["joe", '"joe"@example.com'],
    ["joe", '"two words"@example.com'],
    ["ann", "ann@example.com"],
    ["boss", "ann@example.com"],
    ["deputy", "ann@example.com"],
    ["customer-1", "anybody@customer.example"],
    ["customer-2", "anybody@customer.example"],
    ["ceo@customer.example", "ceo@customer.example"],
    ["emil", "a@xn--bcher-kva.example"],
    ["emil", "a@B\u00dcCHER.example"],
    ["ops", "root@mx.example.com"],
    ["ops", "root@example.net"],
  ])("%s owns %s", (login, address) => expect(owns(login, address)).toBe(true));

  test.each([
    ["ann", "joe@example.com"],
    // The first line for an address holds, and an address goes before its domain.
    ["eve", "joe@example.com"],
    ["customer-1", "ceo@customer.example"],
    ["joe", "+news@example.com"],
    ["joe", "joe@sub.example.com"],
    ["customer-1", "a@sub.customer.example"],
    ["ops", "root@example.com"],
    ["a", "joe@example.com"],
    ["", "joe@example.com"],
    ["constructor", "constructor@example.com"],
  ])("%s does not own %s", (login, address) => expect(owns(login, address)).toBe(false));

  test("names its logins and domains, and nothing else", () => {
    const names = (login: string, address: string): boolean =>
      map.names(login, plainAddress(address));
    expect(names("deputy", "a@elsewhere.example")).toBe(true);
    expect(names("stranger", "a@customer.example")).toBe(true);
    expect(names("stranger", "a@elsewhere.example")).toBe(false);
    expect(map.size).toBe(8);
  });

  test.each([
    ["joe@example.com", "line 1"],
    ["# x\n\njoe@example.com \n", "line 3"],
    ["/^joe@/ joe", "line 1"],
    ["a@b.test x\n@b.test ,\n", "line 2"],
  ])("%j is refused with its line", (text, line) => {
    expect(() => LoginMap.parse(text)).toThrow(
      expect.objectContaining({ code: "senders-file", message: expect.stringContaining(line) }),
    );
  });

  test("any text is read or refused (property)", () => {
    const piece = fc.constantFrom("a@b.test", "@", " ", "\n", "#", '"', "\\", ",", "\t", "x");
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: "binary" }))), (pieces) => {
        try {
          expect(LoginMap.parse(pieces.join("")).owns("x", plainAddress("y@b.test"))).toBe(false);
        } catch (error) {
          expect(error).toMatchObject({ code: "senders-file" });
        }
      }),
    );
  });
});

test("a file that others may write to is refused, and one that is not there", async () => {
  const file = writeTestFile(temporaryDirectory("file"), "senders", table);
  expect((await readLoginMap(file, [])).size).toBe(6);
  chmodSync(file, 0o666);
  await expect(readLoginMap(file, [])).rejects.toThrow(/senders file .*chmod go-w/);
  chmodSync(file, 0o664);
  await expect(readLoginMap(file, [])).rejects.toThrow(/senders file .*chmod go-w/);
  await expect(readLoginMap(`${file}.absent`, [])).rejects.toThrow(/ENOENT/);
});

test.each([
  [
    "/^joe@/ joe",
    /^listeners\[0\]\.auth\.senders\.file: senders file .*line 1: expected an address/,
  ],
  [undefined, /^listeners\[0\]\.auth\.senders\.file: cannot read /],
])("config check reports a table that cannot be used: %j", async (content, expected) => {
  const directory = temporaryDirectory("file");
  if (content !== undefined) writeTestFile(directory, "senders", content);
  const config = writeTestFile(
    directory,
    "mailseal.yaml",
    'listeners: [{ protocol: milter, listen: "127.0.0.1:8891", auth: { senders: { file: senders } } }]',
  );
  const loaded = await loadConfig(config);
  expect(loaded.config).toBeUndefined();
  expect(loaded.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    expect.stringMatching(expected),
  ]);
});
