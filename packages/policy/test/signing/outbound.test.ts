import { type ConfigInput } from "@mailseal/config";
import { formatFields } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import type { MailContext } from "../../src/index.ts";
import { KeyDatabase } from "../../src/keys/key-database.ts";
import { temporaryDirectory, write } from "../support/files.ts";
import {
  bytesOf,
  context,
  envelope,
  key,
  mail,
  open,
  otherKey,
  received,
  rsaKey,
  signedAs,
  stored,
} from "../support/mail.ts";

const directory = temporaryDirectory();
const keyText = key.toPem();
const template = `${directory}/%{d}/%{s}.key`;
for (const domain of ["example.com", "esp.example"]) {
  write(directory, `${domain}/s1.key`, keyText);
}
write(directory, "example.com/s2.key", otherKey.toPem());
write(directory, "example.com/rsa.key", rsaKey.toPem());
write(directory, "example.com/bad.key", "no key");

const signing = { selector: "s1", key: template };

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

describe("who is signed, and as whom", () => {
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
      "no fallback where there is a key",
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

test("a message without a From field says so", async () => {
  const { pipeline } = await open({ signing: { ...signing, domain: "esp.example" } });
  const message = stored("To: b@example.net\r\n\r\nAt noon?\r\n");
  const processed = await pipeline.process(message, envelope, context());
  expect(processed).toMatchObject({ skipped: "no-from-field", disposition: { action: "accept" } });
});

test("a From field of little but white space is looked at in linear time", async () => {
  const { pipeline } = await open({ signing });
  // In quadratic time it would be minutes, and beyond any time limit of a test.
  const blank = `\r\n${" ".repeat(900)}`.repeat(900);
  const processed = await pipeline.process(stored(mail(`a:${blank}x`)), envelope, context());
  expect(processed.skipped).toBe("from-unreadable");
});

describe("signCondition", () => {
  const cases: readonly (readonly [readonly string[], Partial<MailContext>, boolean])[] = [
    [["authUser"], {}, false],
    [["authUser"], { authUser: "" }, false],
    [["authUser"], { authUser: "ada" }, true],
    [["relayNetwork"], { relayNetwork: true }, true],
    [["relayNetwork"], { authUser: "ada" }, false],
    [["authUser", "relayNetwork"], { relayNetwork: true }, true],
    [["tenant"], { variables: new Map([["tenant", ""]]) }, true],
    [["tenant"], { variables: new Map([["other", "x"]]) }, false],
    [["constructor"], {}, false],
    [[], {}, true],
  ];
  test.for(cases)("%j with %o: %s", async ([signCondition, change, signed]) => {
    const { pipeline } = await open({ signing: { ...signing, signCondition: [...signCondition] } });
    const processed = await pipeline.process(
      stored(mail("a@example.com")),
      envelope,
      context(change),
    );
    expect(processed.skipped).toBe(signed ? undefined : "sign-condition");
  });
});

describe("onMissingKey", () => {
  test.for([
    ["deliver", undefined, { action: "accept" }],
    [
      "defer",
      undefined,
      {
        action: "defer",
        code: 451,
        enhancedCode: "4.3.5",
        text: "No usable DKIM key for nokey.test, try again later",
      },
    ],
    [
      "reject",
      undefined,
      {
        action: "reject",
        code: 554,
        enhancedCode: "5.3.5",
        text: "No usable DKIM key for nokey.test",
      },
    ],
  ] as const)("%s", async ([onMissingKey, , disposition]) => {
    const { pipeline } = await open({ signing: { ...signing, onMissingKey } });
    const processed = await pipeline.process(stored(mail("a@nokey.test")), envelope, context());
    expect(processed).toMatchObject({
      disposition,
      skipped: "no-key",
      signatures: [],
      prepend: [],
    });
  });

  test("one of two keys missing is a missing key, where it matters", async () => {
    const signatures = [{ selector: "s1" }, { selector: "none" }];
    const { pipeline } = await open({
      signing: { key: template, signatures, onMissingKey: "defer" },
    });
    const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(processed.disposition.action).toBe("defer");
  });
});

describe("requirePublished", () => {
  test.for([
    ["the key that DNS has", "s1", undefined],
    ["another key", "s1", "not-published", { keyText: otherKey.toPem() }],
    ["no record", "none", "not-published", { keyText }],
    ["DNS failing", "down", "publication-unknown", { keyText }],
  ] as const)("%s", async ([, selector, expected, more = {}]) => {
    const { pipeline, events } = await open({
      signing: { ...signing, requirePublished: true, ...more, selector },
    });
    const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(processed.skipped).toBe(expected);
    expect(processed.disposition).toEqual({ action: "accept" });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "publication", status: expected ?? "published" }),
    );
  });

  test("the one of two that is published signs", async () => {
    const signatures = [{ selector: "s1" }, { selector: "none", keyText }];
    const { pipeline } = await open({
      signing: { key: template, signatures, requirePublished: true },
    });
    const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(signedAs(processed)).toEqual(["s1/example.com"]);
  });
});

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

  test("is left out where the fallback domain signs", async () => {
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

describe("a message that was signed before", () => {
  async function signedOnce(from = "a@example.com"): Promise<Buffer> {
    const { pipeline } = await open({ signing });
    const message = stored(mail(from));
    return bytesOf(message, await pipeline.process(message, envelope, context()));
  }

  test("by us, and unaltered, is not signed twice", async () => {
    const { pipeline } = await open({ signing });
    const again = await pipeline.process(stored(await signedOnce()), envelope, context());
    expect(again).toMatchObject({ skipped: "already-signed", prepend: [], signatures: [] });
  });

  test("by us, and altered since, is signed anew", async () => {
    const { pipeline } = await open({ signing });
    const altered = Buffer.from((await signedOnce()).toString("latin1").replace("noon", "nine"));
    const processed = await pipeline.process(stored(altered), envelope, context());
    expect(signedAs(processed)).toEqual(["s1/example.com"]);
  });

  test("in our name by somebody else is signed", async () => {
    const { pipeline } = await open({ signing: { ...signing, keyText: otherKey.toPem() } });
    const message = stored(mail("a@example.com"));
    const foreign = await bytesOf(message, await pipeline.process(message, envelope, context()));
    const { pipeline: ours } = await open({ signing });
    expect(signedAs(await ours.process(stored(foreign), envelope, context()))).toEqual([
      "s1/example.com",
    ]);
  });

  test("gets the one of two signatures that it lacks", async () => {
    const { pipeline } = await open({
      signing: { key: template, signatures: [{ selector: "s1" }, { selector: "rsa" }] },
    });
    const processed = await pipeline.process(stored(await signedOnce()), envelope, context());
    expect(signedAs(processed)).toEqual(["rsa/example.com"]);
    expect(formatFields(processed.prepend).match(/DKIM-Signature/g)).toHaveLength(1);
  });

  test("loses the signatures of our domains, and no others, if configured", async () => {
    const foreign =
      "DKIM-Signature: v=1; a=rsa-sha256; d=foreign.test; s=x; h=from; bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAA\r\n";
    const configured = foreign.replace("foreign.test", "esp.example");
    const broken = "DKIM-Signature: d=example.com\r\n";
    const { pipeline } = await open({
      signing: { ...signing, removeOldSignatures: true, headers: ["From", "DKIM-Signature+"] },
      domains: { "esp.example": {} },
    });
    const text = foreign + configured + broken + (await signedOnce()).toString("latin1");
    const message = stored(text, 100);
    const processed = await pipeline.process(message, envelope, context());
    expect(processed.remove.map(({ name, occurrence }) => `${name} ${occurrence}`)).toEqual([
      "DKIM-Signature 2",
      "DKIM-Signature 3",
      "DKIM-Signature 4",
    ]);
    expect(processed.remove.map(({ start, end }) => text.slice(start, end).slice(0, 14))).toEqual([
      "DKIM-Signature",
      "DKIM-Signature",
      "DKIM-Signature",
    ]);
    const report = await received(message, processed);
    expect(report.signatures.map(({ domain, result }) => `${domain} ${result}`)).toEqual([
      "example.com pass",
      "foreign.test fail",
    ]);
  });

  test.each([
    ["cannot be read but for its d=", "d=Example.COM", true],
    ["has a tag twice", "v=1; d=example.com; d=example.com; s=s", true],
    ["breaks off", "v=1; a=rsa-sha256;\r\n\td=exam\r\n ple.com; b", true],
    ["has another d= at the end", "v=1; d=other.test; nonsense; d=example.com", true],
    [
      "names us elsewhere only",
      "v=1; d=other.test; i=@example.com; nonsense; s=example.com",
      false,
    ],
    ["has no d=", "v=1; x=d", false],
  ])("a signature that %s", async (_, value, isRemoved) => {
    const { pipeline } = await open({ signing: { ...signing, removeOldSignatures: true } });
    const text = `DKIM-Signature: ${value}\r\n${mail("a@example.com")}`;
    const { remove } = await pipeline.process(stored(text), envelope, context());
    expect(remove.length).toBe(isRemoved ? 1 : 0);
  });
});

describe("the key database", () => {
  test("goes before the config, and is asked while running", async () => {
    const path = `${directory}/keys.db`;
    const { pipeline } = await open({ signing, keys: { database: path } });
    const process = (): ReturnType<typeof pipeline.process> =>
      pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(signedAs(await process())).toEqual(["s1/example.com"]);
    const writer = new KeyDatabase(path);
    writer.add("example.com", "s2", `${directory}/example.com/s2.key`);
    expect(signedAs(await process())).toEqual(["s2/example.com"]);
    writer.add("example.com", "rsa", `${directory}/example.com/rsa.key`);
    expect(signedAs(await process())).toEqual(["s2/example.com", "rsa/example.com"]);
    writer.remove("example.com");
    expect(signedAs(await process())).toEqual(["s1/example.com"]);
    writer.close();
    pipeline.close();
  });

  test("needs no selector in the config, and its key may be of another type", async () => {
    const path = `${directory}/typed.db`;
    const writer = new KeyDatabase(path);
    writer.add("example.com", "rsa", `${directory}/example.com/rsa.key`);
    writer.close();
    const { pipeline } = await open({
      signing: { algorithm: "ed25519-sha256" },
      keys: { database: path },
    });
    const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(signedAs(processed)).toEqual(["rsa/example.com"]);
    pipeline.close();
  });

  test("that cannot be read defers, for its answer is not known", async () => {
    const { pipeline, events } = await open({
      signing,
      keys: { database: `${directory}/gone.db` },
    });
    pipeline.close();
    const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(processed.disposition).toMatchObject({ action: "defer", code: 451 });
    expect(events.at(-1)).toMatchObject({ type: "fault" });
  });
});

test("mail that the front end has found to be a stranger's is not signed, whatever a hook says", async () => {
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
