import { describe, expect, test } from "vitest";
import { KeyDatabase } from "../../src/keys/key-database.ts";
import { directory, template, signing } from "../support/key-files.ts";
import { context, envelope, mail, open, signedAs, stored } from "../support/mail.ts";

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
