import { readFileSync } from "node:fs";
import { formatFields } from "@mailseal/syntax";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import type { Processed } from "../../src/index.ts";
import { context, envelope, inbound, key, mail, open, signedAs, stored } from "../support/mail.ts";

const directory = temporaryDirectory("file");

const signing = { selector: "s1", keyText: key.toPem() };

test("the example in docs/guides/hooks.md works", async () => {
  const text = readFileSync(new URL("../../../../docs/guides/hooks.md", import.meta.url), "utf8");
  const example = /^```ts\n(.*?)^```/ms.exec(text)?.[1] ?? "";
  const { pipeline } = await open({
    signing,
    bindings: { "pool-blue": { signing: { selector: "s2" } } },
    hooks: { module: writeTestFile(directory, "policy.ts", example) },
  });
  const out = (extra: readonly string[], tenant?: string): Promise<Processed> => {
    const variables = new Map(tenant === undefined ? [] : [["tenant", tenant]]);
    return pipeline.process(stored(mail("a@example.com", extra)), envelope, context({ variables }));
  };
  expect((await out(["X-Test-Run: 1"])).skipped).toBe("hook");
  expect(signedAs(await out([], "blue"))).toEqual(["s2/example.com"]);
  expect((await out([], "red")).disposition.action).toBe("defer");
  expect(formatFields((await out(["List-Id: <x>"])).prepend)).toContain("x=1790604800");
  const incoming = await pipeline.process(stored(mail("a@example.com")), envelope, inbound);
  expect(incoming.disposition).toMatchObject({ action: "reject", enhancedCode: "5.7.22" });
});
