import { rmSync, symlinkSync } from "node:fs";
import type { ConfigInput } from "@mailseal/config";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { type Disposition, type Processed, systemClock } from "../../src/index.ts";
import { KeyDatabase } from "../../src/keys/key-database.ts";
import { context, envelope, key, mail, open, signedAs, stored } from "../support/mail.ts";

const directory = temporaryDirectory("file");
const pem = key.toPem();
const template = `${directory}/%{d}/%{s}.key`;
const later: Disposition = {
  action: "defer",
  code: 451,
  enhancedCode: "4.3.5",
  text: "No usable DKIM key for example.com, try again later",
};

async function processed(config: ConfigInput, from = "a@example.com"): Promise<Processed> {
  const { pipeline } = await open(config);
  try {
    return await pipeline.process(stored(mail(from)), envelope, context());
  } finally {
    pipeline.close();
  }
}

describe("a key that exists but cannot be used gives 451", () => {
  const short = generateKey({ type: "rsa", bits: 1024 }).toPem();
  const faults: readonly (readonly [string, () => unknown, ConfigInput["signing"]?])[] = [
    ["garbage", () => writeTestFile(directory, "example.com/s1.key", "no key")],
    ["half-written", () => writeTestFile(directory, "example.com/s1.key", pem.slice(0, 70))],
    ["empty", () => writeTestFile(directory, "example.com/s1.key", "")],
    ["a directory", () => writeTestFile(directory, "example.com/s1.key/file", "")],
    ["of 1,024 bits", () => writeTestFile(directory, "example.com/s1.key", short)],
    [
      "of another type",
      () => writeTestFile(directory, "example.com/s1.key", pem),
      { algorithm: "rsa-sha256" },
    ],
    ["writable by all", () => writeTestFile(directory, "example.com/s1.key", pem, 0o666)],
    ["a link to nothing", () => symlinkSync("nowhere", `${directory}/example.com/s1.key`)],
  ];

  test.for(faults)("%s", async ([, make, more]) => {
    writeTestFile(directory, "example.com/other.key", pem);
    rmSync(`${directory}/example.com/s1.key`, { recursive: true, force: true });
    make();
    const { pipeline, events } = await open({
      // Neither another key nor another domain is taken in its place.
      signing: {
        key: template,
        signatures: [
          { selector: "other", algorithm: "ed25519-sha256" },
          { selector: "s1", ...more },
        ],
        fallbackDomain: "esp.example",
        onMissingKey: "deliver",
      },
    });
    const message = stored(mail("a@example.com"));
    expect(await pipeline.process(message, envelope, context())).toMatchObject({
      disposition: later,
      skipped: "key-unusable",
      signatures: [],
    });
    const [logged, ...others] = events.filter(({ type }) => type === "signature-failed");
    expect(others).toEqual([]);
    expect(logged).toMatchObject({ domain: "example.com", selector: "s1" });
    expect(logged).toMatchObject({
      reason: expect.stringContaining(`"${directory}/example.com/s1.key": `),
      remedy: expect.stringMatching(/\w/),
    });
    rmSync(`${directory}/example.com`, { recursive: true });
  });

  test("until a second after its repair, although keys are cached for minutes", async () => {
    let ms = 0;
    const clock = { nowMs: systemClock.nowMs, elapsedNs: () => ms * 1e6 };
    writeTestFile(directory, "example.com/s1.key", short);
    const { pipeline } = await open({ signing: { selector: "s1", key: template } }, { clock });
    const send = () => pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect((await send()).disposition).toEqual(later);
    writeTestFile(directory, "example.com/s1.key", pem);
    ms = 1000;
    expect(signedAs(await send())).toEqual(["s1/example.com"]);
    rmSync(`${directory}/example.com`, { recursive: true });
  });

  test.for([
    ["deliver", { action: "accept" }],
    ["reject", { action: "reject", code: 554, text: "No usable DKIM key for example.com" }],
  ] as const)("unless onUnusableKey is %s", async ([onUnusableKey, disposition]) => {
    const garbage = writeTestFile(directory, "garbage.key", "no key");
    const { disposition: answered } = await processed({
      signing: { selector: "s1", key: garbage, onUnusableKey },
    });
    expect(answered).toMatchObject(disposition);
  });
});

describe("a missing key", () => {
  const signing = { selector: "s1", key: template };
  const named: readonly (readonly [string, ConfigInput])[] = [
    ["a domain", { signing, domains: { "example.com": {} } }],
    [
      "a domain in a binding",
      { signing, bindings: { pool: { domains: { "example.com": { signing: {} } } } } },
    ],
    ["a domain that signs for others", { signing: { ...signing, domain: "example.com" } }],
    ["a fallback domain", { signing: { ...signing, fallbackDomain: "example.com" } }],
    ["the file itself", { signing: { selector: "s1", key: `${directory}/none.key` } }],
    ["a domain without a selector", { domains: { "example.com": { signing: {} } } }],
  ];
  test.for(named)("that the config names gives 451: %s", async ([, config]) => {
    expect((await processed(config)).disposition).toEqual(later);
  });

  test("of a row of the key database gives 451", async () => {
    const database = `${directory}/keys.db`;
    const writer = new KeyDatabase(database);
    writer.add("example.com", "s1", `${directory}/none.key`);
    writer.close();
    expect((await processed({ keys: { database } })).disposition).toEqual(later);
  });

  test("of a domain that a hook names gives 451", async () => {
    const hooks = { beforeSign: () => ({ signing: { domain: "example.com" } }) };
    const config = { signing, hooks: { module: "none.ts" } };
    const { pipeline } = await open(config, { hooks });
    const message = stored(mail("a@anything.test"));
    const { disposition } = await pipeline.process(message, envelope, context());
    expect(disposition).toEqual(later);
  });

  const unnamed: readonly (readonly [string, ConfigInput])[] = [
    ["any domain", { signing }],
    ["a pattern", { signing, domains: { "*": { signing: {} }, "*.com": { signing: {} } } }],
    ["one that only verifies", { signing, domains: { "example.com": { verification: {} } } }],
    [
      "a domain, with onMissingKey: deliver",
      { signing, domains: { "example.com": { signing: { onMissingKey: "deliver" } } } },
    ],
  ];
  test.for(unnamed)("of %s leaves mail unsigned", async ([, config]) => {
    expect(await processed(config)).toMatchObject({
      disposition: { action: "accept" },
      skipped: "no-key",
      failedSignatures: 1,
    });
  });

  test.for(["root@localhost", "a@__proto__"])(
    "does not defer mail from %s, which is delivered unsigned or signed as the fallback domain",
    async (from) => {
      const keyText = key.toPem();
      const alone = await processed({ signing: { selector: "s1", keyText } }, from);
      expect(alone).toMatchObject({ disposition: { action: "accept" }, signatures: [] });
      const fallback = { selector: "s1", keyText, fallbackDomain: "esp.example" };
      expect(signedAs(await processed({ signing: fallback }, from))).toEqual(["s1/esp.example"]);
    },
  );
});
