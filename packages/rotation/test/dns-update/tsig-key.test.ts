import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { parseTsigKey } from "../../src/dns-update/tsig-key.ts";
import { key, keyText, secret } from "../support/signed-response.ts";

describe("key files", () => {
  test.each([`"////AAAA"`, `"ab//cdAA"`, "ab//cdAA"])(
    "slashes in the secret %s are not a comment",
    (written) => {
      const text = `key update.key { algorithm hmac-sha256; secret ${written}; };`;
      const read = Buffer.from(parseTsigKey(text, "test").secret).toString("base64");
      expect(read).toBe(written.replaceAll('"', ""));
    },
  );

  test.each([
    ["with quotes", keyText],
    ["without quotes", `key update.key. { algorithm hmac-sha256; secret ${secret}; };`],
    ["with comments", `// mine\n# ours\n/* all */ ${keyText}`],
    ["with the secret first", `key "update.key" { secret "${secret}"; algorithm HMAC-SHA256; };`],
  ])("a key %s is read", (_, text) => {
    const read = parseTsigKey(text, "test");
    expect([read.name, read.algorithm]).toEqual(["update.key", "hmac-sha256"]);
    expect(Buffer.from(read.secret).toString("base64")).toBe(secret);
  });

  test.each([
    ["an empty file", ""],
    ["another algorithm", keyText.replace("sha256", "md5")],
    ["no secret", keyText.replace(/secret[^\n]*/, "")],
    ["a secret that is not base64", keyText.replace(secret, `${secret}!`)],
  ])("%s is refused without showing the secret", (_, text) => {
    expect(() => parseTsigKey(text, "the file")).toThrow(/in the file/);
    expect(() => parseTsigKey(text, "the file")).not.toThrow(secret.slice(0, 8));
  });

  test("printing a key does not show its secret", () => {
    expect(inspect({ key }) + JSON.stringify(key) + String(key)).not.toContain(secret.slice(0, 8));
  });
});
