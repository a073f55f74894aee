import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { isAbsent } from "@mailseal/testkit/installed-program";
import { completeInBash, completeInFish, completeInZsh } from "@mailseal/testkit/shell-completion";
import { expect, test } from "vitest";
import { completionScripts, describeProgram } from "../../../src/command-line/index.ts";
import { sampleProgram } from "./sample-program.ts";

/** A shell starts within a second, but not on a busy machine. */
const timeout = 120_000;
const folder = temporaryDirectory("file");
writeFileSync(join(folder, "message one.eml"), "");
mkdirSync(join(folder, "message-folder"));
mkdirSync(join(folder, "outgoing"));
const [bash, zsh, fish] = completionScripts(describeProgram(sampleProgram())).map(
  ({ text }) => text,
) as [string, string, string];

interface Case {
  readonly line: string;
  /** All that is offered. */
  readonly offered: readonly string[];
  /** What fish offers, if it differs: values after `=` with their option, and folders with a slash. */
  readonly inFish?: readonly string[];
}

const signOptions = [
  "--key",
  "--out",
  "--domain",
  "--watch",
  "--no-subdomains",
  "--type",
  "--help",
];

const cases: readonly Case[] = [
  { line: "sample ", offered: ["sign", "keys", "check", "level", "completion", "help"] },
  { line: "sample k", offered: ["keys"] },
  { line: "sample keys ", offered: ["add", "list", "help"] },
  { line: "sample keys l", offered: ["list"] },
  { line: "sample help ", offered: ["sign", "keys", "check", "level", "completion"] },
  { line: "sample help keys a", offered: ["add"] },
  { line: "sample keys help a", offered: ["add"] },
  { line: "sample --", offered: ["--version", "--help"] },
  { line: "sample sign --", offered: signOptions },
  { line: "sample sign -k sign --no", offered: ["--no-subdomains"] },
  { line: "sample sign --key=k --no", offered: ["--no-subdomains"] },
  { line: "sample keys list --", offered: ["--json", "--help", "--token"] },
  { line: "sample keys --token keys l", offered: ["list"] },
  { line: "sample sign --type ", offered: ["rsa", "ed25519"] },
  { line: "sample sign -t r", offered: ["rsa"] },
  { line: "sample sign --type=e", offered: ["ed25519"], inFish: ["--type=ed25519"] },
  {
    line: "sample sign --key m",
    offered: ["message one.eml", "message-folder"],
    inFish: ["message one.eml", "message-folder/"],
  },
  { line: "sample sign --out o", offered: ["outgoing"], inFish: ["outgoing/"] },
  {
    line: "sample sign -k outgoing m",
    offered: ["message one.eml", "message-folder"],
    inFish: ["message one.eml", "message-folder/"],
  },
  {
    line: "sample sign a b m",
    offered: ["message one.eml", "message-folder"],
    inFish: ["message one.eml", "message-folder/"],
  },
  { line: "sample sign --watch --ty", offered: ["--type"] },
  { line: "sample sign --domain ", offered: [] },
  { line: "sample keys add example.com o", offered: ["outgoing"], inFish: ["outgoing/"] },
  { line: "sample check --only k", offered: ["keys"] },
  { line: "sample check --only disk --he", offered: ["--help"] },
  { line: "sample level w", offered: ["warn"] },
  { line: "sample completion ", offered: ["bash", "zsh", "fish"] },
];

test.skipIf(isAbsent("bash", "bash"))("bash offers what may follow", { timeout }, () => {
  const offered = completeInBash(
    bash,
    cases.map(({ line }) => line),
    folder,
  );
  expect(answers(offered)).toEqual(answers(cases.map((each) => each.offered)));
});

test.skipIf(isAbsent("bash", "bash"))(
  "bash offers another value of an option that takes several",
  { timeout },
  () => {
    expect(completeInBash(bash, ["sample check --only disk k"])).toEqual([["keys"]]);
  },
);

test.skipIf(isAbsent("bash", "bash"))("bash offers only folders for a folder", { timeout }, () => {
  expect(completeInBash(bash, ["sample sign --out m"], folder)).toEqual([["message-folder"]]);
});

test.skipIf(isAbsent("fish", "fish"))("fish offers what may follow", { timeout }, () => {
  const offered = completeInFish(
    fish,
    cases.map(({ line }) => line),
    folder,
  );
  expect(answers(offered)).toEqual(answers(cases.map((each) => each.inFish ?? each.offered)));
});

test.skipIf(isAbsent("zsh", "zsh"))(
  "zsh completes commands, options, values and files",
  { timeout },
  () => {
    const completed = new Map([
      ["sample k", "sample keys "],
      ["sample keys l", "sample keys list "],
      ["sample help k", "sample help keys "],
      ["sample help keys a", "sample help keys add "],
      ["sample --v", "sample --version "],
      ["sample sign -k sign --no", "sample sign -k sign --no-subdomains "],
      ["sample keys list --js", "sample keys list --json "],
      ["sample keys list --to", "sample keys list --token="],
      ["sample sign --type r", "sample sign --type rsa "],
      ["sample sign -t e", "sample sign -t ed25519 "],
      ["sample sign --type=e", "sample sign --type=ed25519 "],
      ["sample sign --key message\\ ", String.raw`sample sign --key message\ one.eml `],
      ["sample sign --out m", "sample sign --out message-folder/"],
      ["sample sign -k a o", "sample sign -k a outgoing/"],
      ["sample sign a b o", "sample sign a b outgoing/"],
      ["sample keys add example.com o", "sample keys add example.com outgoing/"],
      ["sample keys add o", "sample keys add o"],
      ["sample check --only k", "sample check --only keys "],
      ["sample check --only disk --he", "sample check --only disk --help "],
      ["sample level w", "sample level warn "],
      ["sample completion z", "sample completion zsh "],
    ]);
    expect(completeInZsh(zsh, [...completed.keys()], folder)).toEqual([...completed.values()]);
  },
);

/** The lines with what is offered, in any order. */
function answers(
  offered: readonly (readonly string[])[],
): readonly (readonly [string | undefined, readonly string[] | undefined])[] {
  return cases.map(({ line }, index) => [line, offered[index]?.toSorted()]);
}
