import { describe, expect, test } from "vitest";
import { defaultTags, edKey, handSign, keysFrom, recordOf } from "./support/hand-sign.ts";
import { verdictOf } from "./support/verdict-of.ts";

describe("alignment (RFC 7489 3.1.1)", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["ada@example.com", "example.com", "strict"],
    ["ada@EXAMPLE.com", "example.com", "strict"],
    ["ada@mail.example.com", "example.com", "relaxed"],
    ["ada@example.com", "mail.example.com", "relaxed"],
    ["ada@example.net", "example.com", "none"],
    ["ada@example.co.uk", "other.co.uk", "none"],
    ["ada@example.co.uk", "co.uk", "none"],
    ["ada@user.github.io", "other.github.io", "none"],
    ["ada@bücher.example", "xn--bcher-kva.example", "strict"],
    ["a@example.com, b@example.net", "example.com", "none"],
    ["a@example.com, b@mail.example.com", "example.com", "relaxed"],
    ["undisclosed:;", "example.com", "none"],
    ["ada@example.net\0.example.com", "example.com", "none"],
    ["ada@example.net/.example.com", "example.com", "none"],
    ["ada@example.com.", "example.com", "none"],
    ["ada@[192.0.2.1]", "example.com", "none"],
    ["ada@example.net@example.com", "example.com", "none"],
    ["<ada@example.com@example.net>", "example.com", "none"],
    ['"ada@example.net"@example.com', "example.com", "strict"],
    ["ada@example.com.example.net", "example.com", "none"],
    ["ada@evil-example.com", "example.com", "none"],
    ['"ada@example.com" <ada@example.net>', "example.com", "none"],
    ["ada@example.com <ada@example.net>", "example.com", "none"],
    ["(ada@example.com) ada@example.net", "example.com", "none"],
    ["=?utf-8?q?ada=40example.com?= <ada@example.net>", "example.com", "none"],
  ];
  test.each(cases)("From %s, d=%s: %s", async (from, domain, aligned) => {
    const message = handSign({
      header: [`From: ${from}`],
      h: "from",
      tags: defaultTags.replace("example.com", domain),
    });
    const keys = keysFrom({ [`sel._domainkey.${domain}`]: [recordOf(edKey)] });
    expect(await verdictOf(message, { keys })).toMatchObject({ result: "pass", aligned });
  });
});
