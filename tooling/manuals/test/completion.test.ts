import { isAbsent } from "@mailseal/testkit/installed-program";
import { completeInBash, completeInFish, completeInZsh } from "@mailseal/testkit/shell-completion";
import { describe, expect, test } from "vitest";
import { describedPrograms } from "./described-programs.ts";

describe.each(await describedPrograms())("$name", ({ name, commands, files }) => {
  /** For each command, the names of the commands below it, and its options. */
  const cases = commands.flatMap(({ path, options, inheritedOptions, commands: below }) => {
    const start = path.join(" ");
    const flags = [...options, ...inheritedOptions].flatMap((option) => option.flags);
    const names = [...below.map((each) => each.path.at(-1) ?? ""), "help"];
    return [
      { line: `${start} --`, offered: flags.filter((flag) => flag.startsWith("--")) },
      ...(below.length === 0 ? [] : [{ line: `${start} `, offered: names }]),
    ];
  });
  const lines = cases.map(({ line }) => line);
  const expected = cases.map(({ line, offered }) => [line, offered.toSorted()]);

  function answers(offered: readonly (readonly string[])[]): unknown {
    return lines.map((line, index) => [line, offered[index]?.toSorted()]);
  }

  test.skipIf(isAbsent("bash", "bash"))("bash offers every command and option", () => {
    const script = files.get(`completion/${name}.bash`) ?? "";
    expect(answers(completeInBash(script, lines))).toEqual(expected);
  });

  test.skipIf(isAbsent("fish", "fish"))("fish offers every command and option", () => {
    const script = files.get(`completion/${name}.fish`) ?? "";
    expect(answers(completeInFish(script, lines))).toEqual(expected);
  });

  test.skipIf(isAbsent("zsh", "zsh"))("zsh completes an option of every command", () => {
    const script = files.get(`completion/_${name}`) ?? "";
    // A whole option is completed by the space, or the =, that follows it.
    const completed = commands.map(({ path, options }) => {
      const option = options.find(({ value }) => value !== undefined && !value.isOptional);
      const flag = option?.flags.at(-1) ?? "--help";
      return [`${path.join(" ")} ${flag}`, option === undefined ? " " : "="] as const;
    });
    expect(
      completeInZsh(
        script,
        completed.map(([line]) => line),
      ),
    ).toEqual(completed.map(([line, end]) => line + end));
  });
});
