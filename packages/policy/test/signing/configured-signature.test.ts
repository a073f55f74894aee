import { formatFields } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import { signing } from "../support/key-files.ts";
import { context, envelope, mail, open, signedAs, stored } from "../support/mail.ts";

describe("identity", () => {
  test.for([
    ["postmaster@%{d}", "example.com", "a@example.com", "i=postmaster@example.com;"],
    ["@%{d}", "example.com", "a@sub.example.com", "i=@sub.example.com;"],
    [undefined, "example.com", "a@sub.example.com", "i=@sub.example.com;"],
    ["@elsewhere.test", "example.com", "a@example.com", undefined],
  ] as const)("%s as %s from %s", async ([identity, baseDomain, from, expected]) => {
    const { pipeline } = await open({
      signing: { ...signing, baseDomain, ...(identity === undefined ? {} : { identity }) },
    });
    const { prepend } = await pipeline.process(stored(mail(from)), envelope, context());
    expect(/i=[^;]*;/.exec(formatFields(prepend).replaceAll(/\s/g, ""))?.[0]).toBe(expected);
  });

  test("is left out if the fallback domain signs", async () => {
    const { pipeline } = await open({
      signing: { ...signing, fallbackDomain: "esp.example", identity: "x@%{d}" },
    });
    const processed = await pipeline.process(stored(mail("a@nokey.test")), envelope, context());
    expect(signedAs(processed)).toEqual(["s1/esp.example"]);
    expect(formatFields(processed.prepend)).not.toMatch(/\bi=/);
  });
});

test("times, l=, z= and the testing flag reach the signature", async () => {
  const { pipeline } = await open({
    signing: { ...signing, expireAfter: "1h", bodyLength: true, copyHeaders: true, testing: true },
  });
  const { prepend, signatures } = await pipeline.process(
    stored(mail("a@example.com")),
    envelope,
    context(),
  );
  const text = formatFields(prepend).replaceAll(/\s/g, "");
  expect(text).toContain("t=1790000000;x=1790003600;");
  expect(text).toContain(";l=10;");
  expect(text).toContain(";z=From:=20a@example.com|");
  expect(signatures[0]?.testing).toBe(true);
});
