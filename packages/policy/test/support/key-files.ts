import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { key, otherKey, rsaKey } from "./mail.ts";

/** A key directory: `key` at s1 of two domains, and at example.com others of both types and one that is no key. */
export const directory: string = temporaryDirectory("file");
export const keyText: string = key.toPem();
export const template = `${directory}/%{d}/%{s}.key`;
/** Signs with the files of the directory. */
export const signing = { selector: "s1", key: template } as const;

for (const domain of ["example.com", "esp.example"]) {
  writeTestFile(directory, `${domain}/s1.key`, keyText);
}
writeTestFile(directory, "example.com/s2.key", otherKey.toPem());
writeTestFile(directory, "example.com/rsa.key", rsaKey.toPem());
writeTestFile(directory, "example.com/bad.key", "no key");
