import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { loadHooks } from "../../src/hooks/load-hooks.ts";
import { context, envelope, key, mail, open, signedAs, stored } from "../support/mail.ts";

const directory = temporaryDirectory("file");

const signing = { selector: "s1", keyText: key.toPem() };

describe("a module", () => {
  test.for(["hooks.ts", "hooks.mts", "hooks.js", "hooks.mjs"])(
    "%s is imported, and anew after a change",
    async (name) => {
      const text = (domain: string): string =>
        `export function beforeSign(message${name.includes("ts") ? ": object" : ""}) { return { signing: { domain: "${domain}" } }; }\n`;
      const path = writeTestFile(directory, `${name}-dir/${name}`, text("one.example"));
      writeTestFile(directory, `${name}-dir/package.json`, '{"type":"module"}');
      for (const domain of ["one.example", "two.example"]) {
        writeTestFile(directory, `${name}-dir/${name}`, text(domain));
        const { pipeline } = await open({ signing, hooks: { module: path } });
        const processed = await pipeline.process(
          stored(mail("a@example.com")),
          envelope,
          context(),
        );
        expect(signedAs(processed)).toEqual([`s1/${domain}`]);
      }
    },
  );

  test.for([
    ["absent.ts", undefined, /cannot be imported/],
    ["text.txt", "", /expected a file that ends in \.ts/],
    ["none.mjs", "export const x = 1;", /exports none of them/],
    ["wrong.mjs", "export const beforeSign = 1;", /beforeSign to be a function, got number/],
    ["throws.mjs", "throw new Error('at start');", /Error: at start/],
  ] as const)("%s is refused", async ([name, text, reason]) => {
    const path = text === undefined ? `${directory}/${name}` : writeTestFile(directory, name, text);
    await expect(loadHooks(path)).rejects.toThrow(reason);
  });
});
