import { parseAuthenticationResults } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import { authenticationResultsField, toAuthenticationResults, verify } from "../src/index.ts";
import { defaultTags, edKey, handSign, keysFrom, recordOf } from "./support/hand-sign.ts";

const now = 1_767_225_600;

async function report(message: string, zone?: Record<string, unknown>) {
  return verify(Buffer.from(message), { keys: keysFrom(zone), now });
}

describe("RFC 8601 2.7.1", () => {
  test("a pass, with what identifies the signature", async () => {
    const passing = await report(handSign({ tags: `${defaultTags}; i=ada@mail.example.com` }));
    expect(toAuthenticationResults(passing, "mx.example.net")).toEqual({
      authservId: "mx.example.net",
      results: [
        {
          method: "dkim",
          result: "pass",
          properties: [
            { type: "header", property: "d", value: "example.com" },
            { type: "header", property: "i", value: "ada@mail.example.com" },
            { type: "header", property: "s", value: "sel" },
            { type: "header", property: "a", value: "ed25519-sha256" },
            { type: "header", property: "b", value: passing.signatures[0]?.signatureStart },
          ],
        },
      ],
    });
  });

  test("a reason for what is not a plain pass", async () => {
    const altered = toAuthenticationResults(await report(handSign().replace("nine", "ten")), "mx");
    expect(altered.results[0]).toMatchObject({
      result: "fail",
      reason: expect.stringContaining("body"),
    });
    const partial = `${handSign({ tags: `${defaultTags}; l=26`, length: 26 })}more\r\n`;
    expect(toAuthenticationResults(await report(partial), "mx").results[0]).toMatchObject({
      result: "pass",
      reason: expect.stringContaining("6 octets"),
    });
  });

  test("a testing key is said to be one", async () => {
    const zone = { "sel._domainkey.example.com": [recordOf(edKey, "; t=y")] };
    expect(toAuthenticationResults(await report(handSign(), zone), "mx").results[0]?.comment).toBe(
      "testing key",
    );
    expect(toAuthenticationResults(await report(handSign()), "mx").results[0]).not.toHaveProperty(
      "comment",
    );
  });

  test("of 990 signatures the passing ones of the author are among the few that are shown", async () => {
    const header = ["From: ada@example.com", "Subject: s"];
    const good = handSign({ header, h: "from:subject" });
    const field = good.slice(0, good.indexOf("From:"));
    const bad = field.replace("d=example.com", "d=example.net");
    const message = good.replace(field, bad.repeat(20) + field + bad.repeat(969));
    const full = await report(message);
    expect(full.signatures.length).toBe(990);
    const text = authenticationResultsField(full, "mx.example.net");
    expect(text.length).toBeLessThan(4096);
    const { results } = toAuthenticationResults(full, "mx.example.net");
    expect(results.length).toBe(16);
    expect(results.filter(({ result }) => result === "pass")).toHaveLength(1);
    expect(results.at(-1)?.comment).toBe("974 more signatures are not shown");
  });

  test("a value longer than any address is left out", async () => {
    const identity = `${"a".repeat(100_000)}@example.com`;
    const text = authenticationResultsField(
      await report(handSign({ tags: `${defaultTags}; i=${identity}` })),
      "mx.example.net",
    );
    expect(text).toContain("header.d=example.com");
    expect(text.length).toBeLessThan(1000);
  });

  test("no signature is none, with a reason", async () => {
    expect(
      toAuthenticationResults(await report("From: a@example.com\r\n\r\n"), "mx").results,
    ).toEqual([{ method: "dkim", result: "none", reason: "message not signed", properties: [] }]);
  });

  test("a field that could not be read names what it claims, and nothing else", async () => {
    const broken = await report(
      "DKIM-Signature: v=1; d=example.com; s=sel\r\nFrom: a@example.com\r\n\r\n",
    );
    expect(toAuthenticationResults(broken, "mx").results[0]?.properties).toEqual([
      { type: "header", property: "d", value: "example.com" },
      { type: "header", property: "s", value: "sel" },
    ]);
  });

  test("the field reads back as what was written", async () => {
    const field = authenticationResultsField(await report(handSign()), "mx.example.net");
    expect(field).toMatch(/^Authentication-Results: mx\.example\.net;/);
    const parsed = parseAuthenticationResults(field.slice("Authentication-Results:".length));
    expect(parsed).toMatchObject({
      ok: true,
      value: { authservId: "mx.example.net", results: [{ method: "dkim", result: "pass" }] },
    });
  });
});

describe("header.b (RFC 6008 4)", () => {
  test("is as long as it takes to tell the signatures of a message apart", async () => {
    const signed = handSign();
    const [field = ""] = signed.split("\r\n", 1);
    const b = /b=([^=;]+)==$/.exec(field)?.[1] ?? "";
    const almost = field.replace(
      b,
      `${b.slice(0, 20)}${b
        .slice(20)
        .split("")
        .toReversed()
        .join("")
        .replace(/^./, b[20] === "A" ? "B" : "A")}`.slice(0, 85) + "g",
    );
    const starts = (await report(`${almost}\r\n${signed}`)).signatures.map(
      ({ signatureStart }) => signatureStart,
    );
    expect(starts.map((start) => start?.length)).toEqual([24, 24]);
    expect(new Set(starts).size).toBe(2);
  });
  test("is the same for the same signature twice, and absent for one that could not be read", async () => {
    const signed = handSign();
    const [field = ""] = signed.split("\r\n", 1);
    const { signatures } = await report(`DKIM-Signature: v=1\r\n${field}\r\n${signed}`);
    expect(signatures.map(({ signatureStart }) => signatureStart?.length)).toEqual([
      undefined,
      8,
      8,
    ]);
  });
});
