import { MailsealError } from "@mailseal/errors";
import { describe, expect, test } from "vitest";
import { keyRecordName } from "../../src/index.ts";

const octets63 = "a".repeat(63);

describe("RFC 6376 3.6.2.1", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["mail", "example.com", "mail._domainkey.example.com"],
    ["MAIL", "Example.COM", "mail._domainkey.example.com"],
    ["20230601", "example.com", "20230601._domainkey.example.com"],
    ["march.2005.reykjavik", "example.com", "march.2005.reykjavik._domainkey.example.com"],
    ["k1_a", "example.com", "k1_a._domainkey.example.com"],
    ["mail", "bücher.example", "mail._domainkey.xn--bcher-kva.example"],
    ["größe", "example.com", "xn--gre-6ka8i._domainkey.example.com"],
  ];
  test.each(cases)("%s, %s", (selector, domain, name) => {
    expect(keyRecordName(selector, domain)).toBe(name);
  });
});

describe("what DNS must never see", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["", "example.com", "bad-selector"],
    ["mail._domainkey.example.com", "example.com", "bad-selector"],
    ["mail._DomainKey", "example.com", "bad-selector"],
    ["a..b", "example.com", "bad-selector"],
    [".", "example.com", "bad-selector"],
    ["a.", "example.com", "bad-selector"],
    ["../etc/passwd", "example.com", "bad-selector"],
    ["a b", "example.com", "bad-selector"],
    ['a"b', "example.com", "bad-selector"],
    ["a\u0000", "example.com", "bad-selector"],
    [`${octets63}a`, "example.com", "bad-selector"],
    ["mail", "", "bad-domain"],
    ["mail", "example.com.", "bad-domain"],
    ["mail", "exa mple.com", "bad-domain"],
    ["mail", "../example.com", "bad-domain"],
    ["mail", "-a.com", "bad-domain"],
    ["mail", "a@b", "bad-domain"],
    ["mail", `${"a.".repeat(200)}com`, "bad-domain"],
    [octets63, [octets63, octets63, "a".repeat(51)].join("."), "name-too-long"],
  ];
  test.each(cases)("%j, %j: %s", (selector, domain, code) => {
    const naming = (): string => keyRecordName(selector, domain);
    expect(naming).toThrow(MailsealError);
    expect(naming).toThrow(expect.objectContaining({ code }));
  });

  test("a hostile name is cut and printable in the message", () => {
    const naming = (): string => keyRecordName("\u001b[31m".repeat(1000), "example.com");
    expect(naming).toThrow(/^[ -~]{1,600}$/);
  });
});
