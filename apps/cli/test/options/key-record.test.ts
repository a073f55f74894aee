import { generateKey } from "@mailseal/crypto";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import {
  addRecordOptions,
  formatOption,
  type RecordOptions,
  recordText,
} from "../../src/options/key-record.ts";

const { publicKey } = generateKey({ type: "ed25519" });

function parsed(...args: string[]): RecordOptions {
  const command = addRecordOptions(new Command("test")).addOption(formatOption());
  return command.parse(args, { from: "user" }).opts<RecordOptions>();
}

describe("the text of a record", () => {
  test.each([
    [[], /^v=DKIM1; k=ed25519; p=\S{44}$/],
    [["--testing"], /; t=y; /],
    [["--no-subdomains"], /; t=s; /],
    [["--testing", "--no-subdomains"], /; t=y:s; /],
    [["--hashes", "sha256, sha1"], /; h=sha256:sha1; /],
    [["--services", "email"], /; s=email; /],
    [["--notes", "a note"], /; n=a=20note; /],
  ])("with %j has its tags", (args, expected) => {
    expect(recordText(publicKey, parsed(...args))).toMatch(expected);
  });

  test("with an invalid tag is a wrong command line", () => {
    expect(() => recordText(publicKey, parsed("--services", "e mail"))).toThrow(
      expect.objectContaining({ exitCode: 2 }),
    );
  });
});

test("a record is printed as a zone file entry by default", () => {
  expect(parsed()).toMatchObject({ format: "zone" });
});
