import { describeProgram, helpEnd } from "@mailseal/service/command-line";
import { Command } from "commander";
import { expect, test } from "vitest";
import { commandPage, exitCodePage } from "../site/command-pages.ts";

function program(): Command {
  return new Command("post")
    .description("Send letters.")
    .addCommand(
      new Command("send")
        .summary("send a letter")
        .description("Send a letter, and wait for the answer.")
        .argument("<file>", "the letter")
        .option("-c, --class <number>", "the class of the stamp", "2")
        .addHelpText(
          "after",
          helpEnd({ exit: { 0: "sent", 75: "no post today" }, examples: ["post send letter.txt"] }),
        ),
    )
    .addHelpText("after", helpEnd({ exit: { 0: "sent" }, examples: ["post send letter.txt"] }));
}

test("a page has a section for each command with its usage, arguments, options, exit codes and examples", () => {
  const page = commandPage(describeProgram(program()));
  expect(page).toMatch(/^# post\n\nSend letters\.\n/);
  expect(page).toContain("| [`post send`](#post-send) | send a letter |");
  expect(page).toContain("## post send\n\nSend a letter, and wait for the answer.");
  expect(page).toContain("```text\npost send [options] <file>\n```");
  expect(page).toContain("| `<file>` | the letter |");
  expect(page).toContain("| `-c, --class <number>` | the class of the stamp | 2 |");
  expect(page).toContain("| `75` | no post today |");
  expect(page).toContain("```text\npost send letter.txt\n```");
});

test("the page of exit codes has a row for each code and meaning, with its commands", () => {
  const page = exitCodePage([describeProgram(program())]);
  expect(page).toContain("## post\n");
  expect(page).toContain("| 0 | every command | sent |");
  expect(page).toContain("| 75 | `post send` | no post today |");
});
