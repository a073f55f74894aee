import { expect } from "vitest";
import { mailseal } from "./mailseal.ts";

/** The output of `keygen --json`. */
export interface Generated {
  readonly name: string;
  readonly record: string;
  readonly zone: string;
  /** The path of the key file. */
  readonly key: string;
}

/** Creates a key of example.com in `directory`. */
export function generatedKey(directory: string, ...args: readonly string[]): Generated {
  const { code, stdout, stderr } = mailseal([
    ..."keygen -d example.com --json -o".split(" "),
    directory,
    ...args,
  ]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Generated;
}

export const message =
  "From: Ada <ada@example.com>\r\nTo: zoe@example.net\r\nSubject: Plan\r\n\r\nAt nine.\r\n";
