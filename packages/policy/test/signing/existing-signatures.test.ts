import { formatFields } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import { template, signing } from "../support/key-files.ts";
import {
  bytesOf,
  context,
  envelope,
  mail,
  open,
  otherKey,
  received,
  signedAs,
  stored,
} from "../support/mail.ts";

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
