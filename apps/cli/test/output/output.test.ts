import { execFileSync } from "node:child_process";
import { describeProgram, everyCommand } from "@mailseal/service/command-line";
import {
  runOnFullDisk,
  runWithFullErrorDisk,
  runWithoutErrorReader,
  runWithoutReader,
} from "@mailseal/testkit/ended-output";
import { describe, expect, test } from "vitest";
import { mailsealCommand } from "../../src/main.ts";
import { program } from "../mailseal.ts";
import { printingCommands, sign } from "./printing-commands.ts";

/** The names of all commands, such as `["record", "lint"]`. */
const commands = everyCommand(describeProgram(mailsealCommand(() => undefined)));
const names = commands.map(({ path }) => path.slice(1));

test("the commands below are all of the program's", () => {
  const leaves = commands.filter((command) => command.commands.length === 0);
  const untested = leaves
    .map(({ path }) => path.slice(1).join(" "))
    .filter((leaf) => printingCommands.every(({ name }) => !`${name} `.startsWith(`${leaf} `)));
  expect(untested).toEqual([]);
});

describe("standard output whose reader has gone away", () => {
  test.each(printingCommands)("$name ends as if everything had been read", async (each) => {
    const { code, args } = each;
    expect(await runWithoutReader(program, await args())).toEqual({ code, stderr: "" });
  });

  test("the help of every command ends with 0", async () => {
    const ends = await forEach(names, (path) => runWithoutReader(program, [...path, "--help"]));
    expect(ends).toEqual(names.map((path) => [path, { code: 0, stderr: "" }]));
  });
});

describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
  const line = /^mailseal: cannot write standard output: no space left on device[^\n]*\n$/;

  test.each(printingCommands)("$name prints one line and ends with exit code 3", async (each) => {
    const { code, stderr } = await runOnFullDisk(program, await each.args());
    expect(code).toBe(3);
    expect(stderr).toMatch(line);
  });

  test("the help of every command prints one line and ends with exit code 3", async () => {
    const ends = await forEach(names, (path) => runOnFullDisk(program, [...path, "--help"]));
    expect(ends).toEqual(
      names.map((path) => [path, { code: 3, stderr: expect.stringMatching(line) as unknown }]),
    );
  });

  test("standard error on a full disk does not change the exit code", async () => {
    expect(await runWithFullErrorDisk(program, ["nonsense"])).toBe(2);
  });
});

test("the error of every command keeps its exit code when nobody can read it", async () => {
  const ends = await forEach(names, (path) =>
    runWithoutErrorReader(program, [...path, "--nonsense"]),
  );
  expect(ends).toEqual(names.map((path) => [path, 2]));
});

/** At most a few at a time, because each is a process. */
async function forEach<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<readonly (readonly [Item, Result])[]> {
  const results: (readonly [Item, Result])[] = [];
  const atOnce = 4;
  for (let at = 0; at < items.length; at += atOnce) {
    const some = items.slice(at, at + atOnce);
    results.push(
      ...(await Promise.all(some.map(async (item) => [item, await run(item)] as const))),
    );
  }
  return results;
}

test("a reader that closes the pipe early is not a failure", () => {
  const command = `"${process.execPath}" "${program}" ${sign.map((arg) => `"${arg}"`).join(" ")} | head -c 20`;
  const message = Buffer.from("From: a@example.com\r\nSubject: s\r\n\r\nx\r\n");
  const large = Buffer.concat([message, Buffer.alloc(8 << 20, "x\r\n")]);
  const output = execFileSync("sh", ["-c", command], {
    input: large,
    stdio: ["pipe", "pipe", "pipe"],
  });
  expect(output.toString()).toBe("DKIM-Signature: v=1;");
});
