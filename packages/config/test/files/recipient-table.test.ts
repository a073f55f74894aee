import { truncateSync } from "node:fs";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecipients, RecipientTable } from "../../src/files/recipient-table.ts";
import { loadConfig } from "../../src/loading/load-config.ts";

describe("RecipientTable reads Postfix's text tables", () => {
  const table = RecipientTable.parse(
    [
      "# relay_recipients",
      "",
      "Ann@Example.com   OK",
      "bob@example.com\tbob,",
      "  bobby",
      '"a b"@example.com OK',
      "@example.net      OK",
      "bücher.example    OK",
      "   # a comment that begins with white space",
      "eve@example.com",
    ].join("\n"),
  );

  test.each([
    "ann@example.com",
    "ANN@EXAMPLE.COM",
    "bob@example.com",
    '"a b"@example.com',
    "anybody@example.net",
    "any@xn--bcher-kva.example",
    "any@bücher.example",
    "eve@example.com",
  ])("%s is known", (address) => expect(table.has(address)).toBe(true));

  test.each([
    "nobody@example.com",
    "bobby@example.com",
    "ann@sub.example.net",
    "example.net",
    "ann+x@example.com",
    "#@example.com",
    "",
    "@",
  ])("%j is not", (address) => expect(table.has(address)).toBe(false));

  test("extensions count if the delimiter is set", () => {
    expect(table.has("ann+news@example.com", "+")).toBe(true);
    expect(table.has("nobody+ann@example.com", "+")).toBe(false);
    expect(table.has("+ann@example.com", "+")).toBe(false);
  });

  test("any text is read, and its keys are found", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, address) => {
        expect(RecipientTable.parse(text).has(address)).toBeTypeOf("boolean");
      }),
    );
  });
});

const onlyAnn = "ann@example.com OK\n";

describe("a file of recipients", () => {
  test.each([0o620, 0o664, 0o602])("is refused if others may write it: %o", async (mode) => {
    const file = writeTestFile(temporaryDirectory("file"), "recipients", onlyAnn, mode);
    await expect(readRecipients(file)).rejects.toMatchObject({
      code: "recipients-file",
      message: expect.stringMatching(/^recipients file .*may write it \(mode 06.*chmod go-w$/),
    });
  });

  test.each([0o600, 0o644, 0o444])(
    "is read if others may read it and not write it: %o",
    async (mode) => {
      const file = writeTestFile(temporaryDirectory("file"), "recipients", onlyAnn, mode);
      expect((await readRecipients(file)).has("ann@example.com")).toBe(true);
    },
  );

  test("is refused if it is a directory, or larger than 64 MB", async () => {
    const directory = temporaryDirectory("file");
    await expect(readRecipients(directory)).rejects.toThrow(/a regular file, got a directory/);
    const file = writeTestFile(directory, "recipients", onlyAnn);
    truncateSync(file, 64 * 1024 * 1024 + 1);
    await expect(readRecipients(file)).rejects.toThrow(/expected at most 67108864 bytes, got more/);
  });

  test("config check reports that others may write it", async () => {
    const directory = temporaryDirectory("file");
    writeTestFile(directory, "recipients", onlyAnn, 0o664);
    const { config, problems } = await loadConfig(
      writeTestFile(
        directory,
        "mailseal.yaml",
        'listeners: [{ protocol: smtp, direction: inbound, listen: "127.0.0.1:2525", mode: queue, recipients: { file: recipients } }]\nqueue: { file: queue.db }\n',
      ),
    );
    expect(config).toBeUndefined();
    expect(problems.find(({ level }) => level === "error")).toMatchObject({
      path: "listeners[0].recipients.file",
      message: expect.stringContaining("chmod go-w"),
    });
  });
});
