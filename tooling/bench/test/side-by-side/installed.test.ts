import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { installed } from "../../src/side-by-side/installed.ts";

test("counts each version of a package once", () => {
  const root = temporaryDirectory("test");
  let bytes = 0;
  const add = (path: string, manifest: object): void => {
    const text = JSON.stringify(manifest);
    bytes += text.length;
    writeTestFile(root, `${path}/package.json`, text);
  };
  const modules = "node_modules";
  add(`${modules}/a`, { name: "a", version: "1.0.0", dependencies: { b: "1", c: "1" } });
  add(`${modules}/b`, { name: "b", version: "1.0.0", dependencies: { a: "1", c: "2" } });
  add(`${modules}/b/${modules}/c`, { name: "c", version: "2.0.0" });
  add(`${modules}/c`, { name: "c", version: "1.0.0" });
  writeTestFile(root, `${modules}/c/lib/deep.js`, "12345");
  expect(installed(["a", "b"], root)).toEqual({ packages: 4, bytes: bytes + 5 });

  expect(() => installed(["missing"], root)).toThrow("expected missing to be installed");
});
