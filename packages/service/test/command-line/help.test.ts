import { Command } from "commander";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fitHelp, helpEnd, helpEndOf } from "../../src/command-line/help.ts";

const { columns, isTTY } = process.stdout;
beforeEach(() => {
  process.stdout.isTTY = true;
});
afterEach(() => {
  Object.assign(process.stdout, { columns, isTTY });
});

/** The help of a program with a subcommand, as a terminal of that width shows it. */
function helpAt(width: number): readonly string[] {
  process.stdout.columns = width;
  let text = "";
  const program = new Command("test")
    .option("--quite-a-long-option <argument>", "a description of several words ".repeat(3).trim())
    .addCommand(new Command("sub").option("--short", "another description"))
    .addHelpText(
      "after",
      helpEnd({
        signals: { "SIGTERM, SIGINT": "finish the messages in flight, then stop" },
        exit: { 0: "success", 75: "a temporary failure of something; try it again later" },
        examples: ["test --with a very long example that must stay on one line, to be copied"],
      }),
    );
  fitHelp(program);
  program.configureOutput({ writeOut: (part) => (text += part) });
  program.outputHelp();
  return text.split("\n");
}

test.each([40, 50, 80])("in %i columns, only examples are longer", (width) => {
  const lines = helpAt(width);
  const end = lines.indexOf("Example:");
  expect(lines.slice(0, end).filter((line) => line.length > width)).toEqual([]);
  expect(lines[end + 1]).toBe(
    "  test --with a very long example that must stay on one line, to be copied",
  );
});

test("a description goes below its option if the terminal is narrow", () => {
  const lines = helpAt(50);
  const at = lines.indexOf("  --quite-a-long-option <argument>");
  expect(lines[at + 1]).toMatch(/^ {6}a description of several words/);
});

test("signals and exit codes are aligned lists, and 2 is always a wrong command line", () => {
  const lines = helpAt(80);
  for (const line of [
    "Signals:",
    "  SIGTERM, SIGINT  finish the messages in flight, then stop",
    "Exit codes:",
    "  0   success",
    "  2   the command line is wrong",
    "  75  a temporary failure of something; try it again later",
    "  -h, --help                        print this help",
  ]) {
    expect(lines).toContain(line);
  }
});

test("a command without signals has no list of them", () => {
  const command = new Command("test");
  expect(helpEnd({ exit: {}, examples: ["a", "b"] })({ command })).toBe(
    "\nExit codes:\n  2   the command line is wrong\n\nExamples:\n  a\n  b",
  );
});

test("the end of a help text is available as data", () => {
  const end = {
    files: { "/etc/test.yaml": "the config" },
    environment: { NO_COLOR: "print no colours" },
    exit: { 0: "success" },
    examples: ["test"],
  };
  const command = new Command("test").addHelpText("after", helpEnd(end));
  expect(helpEndOf(command)).toEqual({
    ...end,
    exit: { 0: "success", 2: "the command line is wrong" },
  });
  expect(helpEndOf(new Command("other"))).toBeUndefined();
});

test("files and environment variables are lists of their own", () => {
  const end = helpEnd({
    files: { "/etc/a/long/path/test.yaml": "the config" },
    environment: { NO_COLOR: "print no colours" },
    exit: {},
    examples: ["a"],
  });
  const lines = end({ command: new Command("test") }).split("\n");
  expect(lines.slice(0, 7)).toEqual([
    "",
    "Files:",
    "  /etc/a/long/path/test.yaml",
    "      the config",
    "",
    "Environment:",
    "  NO_COLOR  print no colours",
  ]);
});
