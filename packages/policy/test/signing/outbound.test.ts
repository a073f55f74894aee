import { type ConfigInput } from "@mailseal/config";
import { describe, expect, test } from "vitest";
import type { MailContext } from "../../src/index.ts";
import { template, signing } from "../support/key-files.ts";
import {
  bytesOf,
  context,
  envelope,
  mail,
  open,
  received,
  signedAs,
  stored,
} from "../support/mail.ts";

test("a message is signed as its From domain, and verifies", async () => {
  const { pipeline, events } = await open({ signing });
  const message = stored(mail("Ada <ada@Example.COM>"));
  const processed = await pipeline.process(message, envelope, context({ binding: "pool" }));
  expect(processed).toMatchObject({
    disposition: { action: "accept" },
    binding: "pool",
    fromDomain: "example.com",
    remove: [],
  });
  expect(signedAs(processed)).toEqual(["s1/example.com"]);
  const report = await received(message, processed);
  expect(report.signatures.map(({ result }) => result)).toEqual(["pass"]);
  expect(events.map(({ type }) => type)).toEqual(["key-load", "signed"]);
});

describe("the signing domain", () => {
  const cases: readonly (readonly [
    what: string,
    config: ConfigInput,
    from: string,
    expected: string,
    change?: Partial<MailContext>,
  ])[] = [
    [
      "the key's selector by domain",
      { signing, domains: { "example.com": { signing: { selector: "s2" } } } },
      "a@example.com",
      "s2/example.com",
    ],
    [
      "a wildcard domain",
      { domains: { "*.example.com": { signing: { ...signing, baseDomain: "example.com" } } } },
      "a@mail.example.com",
      "s1/example.com",
    ],
    [
      "a parent that is none",
      { signing: { ...signing, baseDomain: "other.example" } },
      "a@example.com",
      "s1/example.com",
    ],
    [
      "a domain whatever From says",
      { signing: { ...signing, domain: "esp.example" } },
      "a@anything.test",
      "s1/esp.example",
    ],
    [
      "two signatures",
      { signing: { key: template, signatures: [{ selector: "s1" }, { selector: "rsa" }] } },
      "a@example.com",
      "s1/example.com rsa/example.com",
    ],
    [
      "two of one name",
      { signing: { key: template, signatures: [{ selector: "s1" }, { selector: "s1" }] } },
      "a@example.com",
      "s1/example.com",
    ],
    [
      "two domains",
      { signing: { ...signing, signatures: [{}, { domain: "esp.example" }] } },
      "a@example.com",
      "s1/example.com s1/esp.example",
    ],
    [
      "the fallback of the binding",
      { signing, bindings: { pool: { signing: { fallbackDomain: "esp.example" } } } },
      "a@nokey.test",
      "s1/esp.example",
      { binding: "pool" },
    ],
    [
      "no fallback if there is a key",
      { signing: { ...signing, fallbackDomain: "esp.example" } },
      "a@example.com",
      "s1/example.com",
    ],
    [
      "a fallback for a broken key, if configured",
      {
        signing: { ...signing, fallbackDomain: "esp.example", onUnusableKey: "deliver" },
        domains: { "example.com": { signing: { selector: "bad" } } },
      },
      "a@example.com",
      "s1/esp.example",
    ],
    [
      "the default binding",
      { defaultBinding: "pool", bindings: { pool: { signing } } },
      "a@example.com",
      "s1/example.com",
    ],
    ["signing off", { signing: { ...signing, sign: false } }, "a@example.com", "sign-off"],
    [
      "off for one domain",
      { signing, domains: { "example.com": { signing: { sign: false } } } },
      "a@example.com",
      "sign-off",
    ],
    ["no selector", { signing: { key: template } }, "a@example.com", "no-selector"],
    ["no key named", { signing: { selector: "s1" } }, "a@example.com", "no-key"],
    ["no key file", { signing }, "a@nokey.test", "no-key"],
    [
      "a file that is no key",
      { signing: { ...signing, selector: "bad", onUnusableKey: "deliver" } },
      "a@example.com",
      "key-unusable",
    ],
    [
      "a key too short for the config",
      { signing: { ...signing, selector: "rsa", minimumRsaBits: 4096, onUnusableKey: "deliver" } },
      "a@example.com",
      "key-unusable",
    ],
    [
      "a key of another type",
      { signing: { ...signing, algorithm: "rsa-sha256", onUnusableKey: "deliver" } },
      "a@example.com",
      "key-unusable",
    ],
    [
      "one good key of two",
      {
        signing: {
          key: template,
          onUnusableKey: "deliver",
          signatures: [{ selector: "bad" }, { selector: "s1" }],
        },
      },
      "a@example.com",
      "s1/example.com",
    ],
    ["no address in From", { signing }, "nobody", "from-unreadable"],
    ["nothing in From", { signing }, "", "from-unreadable"],
    ["a group with nobody in it", { signing }, "Undisclosed senders:;", "from-empty-group"],
    ["an address without a domain name", { signing }, "a@[192.0.2.1]", "no-from-domain"],
    ["several From domains", { signing }, "a@example.com, b@esp.example", "several-from-domains"],
    ["several of one domain", { signing }, "a@example.com, b@example.com", "s1/example.com"],
    [
      "several, and a domain whatever From says",
      { signing: { ...signing, domain: "esp.example" } },
      "a@example.com, b@x.test",
      "s1/esp.example",
    ],
    [
      "two From fields",
      { signing: { ...signing, domain: "esp.example" } },
      "a@example.com\r\nFrom: b@x.test",
      "several-from-fields",
    ],
    [
      "an encoded word in From",
      { signing },
      "=?UTF-8?Q?Ad=C3=A4?= <a@example.com>",
      "s1/example.com",
    ],
  ];

  test.for(cases)("%s", async ([, config, from, expected, change]) => {
    const { pipeline, events } = await open(config);
    const message = stored(mail(from));
    const processed = await pipeline.process(message, envelope, context(change));
    expect(processed.skipped ?? signedAs(processed).join(" ")).toBe(expected);
    expect(processed.disposition).toEqual({ action: "accept" });
    if (processed.skipped !== undefined) {
      expect(await bytesOf(message, processed)).toEqual(
        await bytesOf(message, { prepend: [], remove: [] }),
      );
      expect(events).toContainEqual(expect.objectContaining({ type: "skipped", reason: expected }));
    }
  });
});

test("mail that the front end marks as unsigned stays unsigned, even if a hook sets options", async () => {
  const { pipeline, events } = await open(
    { signing, hooks: { module: "given" } },
    { hooks: { beforeSign: () => ({ signing: { selector: "s1", signCondition: [] } }) } },
  );
  const message = stored(mail("a@example.com"));
  const processed = await pipeline.process(
    message,
    envelope,
    context({ unsigned: "foreign-client" }),
  );
  expect(processed).toMatchObject({
    skipped: "foreign-client",
    signatures: [],
    prepend: [],
    disposition: { action: "accept" },
  });
  expect(events).toMatchObject([{ type: "skipped", reason: "foreign-client" }]);
});
