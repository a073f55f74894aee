import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { KeyDatabase } from "../../src/keys/key-database.ts";
import { directory, signing } from "../support/key-files.ts";
import { context, envelope, key, mail, open, signedAs, stored } from "../support/mail.ts";

describe("the key database", () => {
  test("takes precedence over the config, and is read for each message", async () => {
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

  test("that cannot be read defers the message, because its keys are unknown", async () => {
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

test("preload finds the keys of all scopes and of the database", async () => {
  const root = temporaryDirectory("file");
  const template = `${root}/%{d}.%{s}`;
  for (const name of [
    "one.example.s1",
    "one.example.s2",
    "two.example.s1",
    "three.example.s1",
    "parent.example.s1",
  ]) {
    writeTestFile(root, name, key.toPem());
  }
  const database = `${root}/keys.db`;
  const rows = new KeyDatabase(database);
  rows.add("three.example", "s1", `${root}/three.example.s1`);
  rows.close();
  const { pipeline, events } = await open({
    signing: { key: template, selector: "s1" },
    domains: {
      "one.example": {},
      "*.wild.example": {},
      "sub.parent.example": { signing: { baseDomain: "parent.example" } },
      "off.example": { signing: { sign: false } },
    },
    bindings: {
      pool: {
        signing: { selector: "s2" },
        domains: { "two.example": { signing: { selector: "s1" } } },
      },
    },
    keys: { preload: true, database },
  });
  const found = events.flatMap((event) =>
    event.type === "key-load" && event.answer.status === "found"
      ? [`${event.selector}/${event.domain}`]
      : [],
  );
  expect(found.toSorted()).toEqual([
    "s1/one.example",
    "s1/parent.example",
    "s1/three.example",
    "s1/two.example",
    "s2/one.example",
  ]);
  pipeline.close();
});
