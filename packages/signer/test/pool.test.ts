import { generateKey } from "@mailseal/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { createSigner, SigningError } from "../src/index.ts";
import { createSignerPool } from "../src/pool.ts";

const rsa = {
  domain: "example.com",
  selector: "r",
  key: generateKey({ type: "rsa" }),
  timestamp: 1,
};
const ed = { ...rsa, selector: "e", key: generateKey({ type: "ed25519" }) };
const pool = createSignerPool([rsa, ed], { threads: 2 });
afterAll(() => pool.close());

const messageOf = (number: number): Buffer =>
  Buffer.from(`From: a@example.com\r\nSubject: ${number}\r\n\r\n${"text \r\n".repeat(number)}`);

describe("a signer pool", () => {
  test("gives what the signer gives", async () => {
    const signer = createSigner([rsa, ed]);
    const numbers = Array.from({ length: 40 }, (_, index) => index * index);
    const pooled = await Promise.all(numbers.map((number) => pool.sign(messageOf(number))));
    for (const [index, number] of numbers.entries()) {
      const direct = signer.sign(messageOf(number));
      expect(pooled[index]?.fields).toBe(direct.fields);
      expect(pooled[index]?.signatures).toEqual(direct.signatures);
      expect(Buffer.from(pooled[index]?.toBytes() ?? []).equals(direct.toBytes())).toBe(true);
    }
  });

  test("takes the message and gives it back without a copy", async () => {
    const message = new Uint8Array(messageOf(1));
    const { message: back } = await pool.sign(message);
    expect(message.length).toBe(0);
    expect(Buffer.from(back).equals(messageOf(1))).toBe(true);
  });

  test("fails as the signer fails", async () => {
    const nothing = pool.sign(Buffer.from("Subject: none\r\n\r\n"));
    await expect(nothing).rejects.toBeInstanceOf(SigningError);
    await expect(nothing).rejects.toMatchObject({ code: "no-from" });
    const huge = pool.sign(Buffer.alloc((16 << 20) + 2, "a"));
    await expect(huge).rejects.toMatchObject({ name: "MailSyntaxError", code: "header-too-large" });
    const given = new Uint8Array(messageOf(2));
    await pool.sign(given);
    await expect(pool.sign(given)).rejects.toMatchObject({ code: "given-away" });
  });

  test("checks its options before a thread starts", () => {
    expect(() => createSignerPool({ ...rsa, domain: ".." })).toThrow(SigningError);
  });

  test("takes text, and repairs its line endings as the signer does", async () => {
    const text = "From: Zoë <zoe@example.com>\r\nSubject: x\r\n\r\nGrüße\n";
    const direct = createSigner([rsa, ed]).sign(text);
    const pooled = await pool.sign(text);
    expect(pooled.fields).toBe(direct.fields);
    expect(Buffer.from(pooled.message).toString()).toBe(text.replace(/(?<!\r)\n$/, "\r\n"));
    expect(pooled.repairs).toEqual(direct.repairs);
    expect(pooled.repairs).toMatchObject({ count: 1, first: { line: 4 } });
    expect((await pool.sign(messageOf(3))).repairs).toBeUndefined();
  });

  test("takes a key that is not loaded", async () => {
    await using loading = createSignerPool({ ...ed, key: ed.key.toPem() }, { threads: 1 });
    const { fields } = await loading.sign(messageOf(1));
    expect(fields).toBe(createSigner(ed).sign(messageOf(1)).fields);
  });

  test("applies the line-ending policy", async () => {
    await using keeping = createSignerPool(ed, { threads: 1, lineEndings: "keep" });
    const kept = await keeping.sign("From: a@example.com\n\nhi\n");
    expect(Buffer.from(kept.message).toString()).toBe("From: a@example.com\n\nhi\n");
    await using fixing = createSignerPool(ed, { threads: 1, lineEndings: "fix" });
    const { message } = await fixing.sign(Buffer.from("From: a@example.com\n\nhi\n"));
    expect(Buffer.from(message).toString()).toBe("From: a@example.com\r\n\r\nhi\r\n");
  });
});
