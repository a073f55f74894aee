import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { activeFile } from "../../src/activations/active-file.ts";
import { domain, expectActiveKeys } from "../support/activation.ts";

test("the file keeps the active keys of each domain", async () => {
  await expectActiveKeys(activeFile(temporaryDirectory("test")));
});

test.each(["", "[]", '{"keys": [{"selector": 1}]}'])(
  "a file that contains %j is refused",
  async (text) => {
    const directory = temporaryDirectory("test");
    mkdirSync(join(directory, domain));
    writeFileSync(join(directory, domain, "active.json"), text);
    await expect(activeFile(directory).active(domain)).rejects.toMatchObject({
      code: "active-file",
    });
  },
);
