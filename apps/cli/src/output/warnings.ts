import { stderr } from "node:process";
import { styleText } from "node:util";
import { printable } from "@mailseal/syntax";

/** One line on standard error; whatever it quotes cannot move the cursor or add lines. */
export function warn(message: string): void {
  const name = styleText("bold", "mailseal:", { stream: stderr });
  stderr.write(`${name} ${printable(message)}\n`);
}
