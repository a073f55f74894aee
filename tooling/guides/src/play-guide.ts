import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { type Block, blocksOf, fileOf, missingLine } from "@mailseal/testkit/page-blocks";
import type { Guide } from "./guides.ts";
import { Stage } from "./stage.ts";

const scripts = join(repositoryRoot, "tooling/guides/stage/before");

/** Does what the page says, block by block. Rejects with the place in the page and the output if something goes wrong. */
export async function playGuide({
  page,
  home,
  mailbox = [],
  before = [],
  acts = [],
}: Guide): Promise<void> {
  const blocks = blocksOf(readFileSync(join(repositoryRoot, page), "utf8"));
  const due = new Set(acts);
  const stage = await Stage.open(home);
  try {
    if (mailbox.length > 0) await stage.receiveMail(mailbox);
    for (const script of before) await stage.mustRun(join(scripts, script));
    for (const [index, block] of blocks.entries()) {
      const output = await play(stage, block, blocks[index + 1]);
      for (const act of due) {
        if (!block.code.includes(act.after)) continue;
        due.delete(act);
        await act.does(stage, output);
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${page}: ${reason}`, { cause: error });
  } finally {
    await stage.close();
  }
  const [never] = due;
  if (never !== undefined) throw new Error(`${page} has no block with "${never.after}"`);
}

/** The output of a block of commands, or "". */
async function play(stage: Stage, block: Block, next: Block | undefined): Promise<string> {
  const file = fileOf(block);
  if (file !== undefined) {
    await stage.write(file, block.code);
    return "";
  }
  if (block.language !== "sh") return "";
  // There is no registry on a stage; a test checks the names of the packages.
  const { code, output } = await stage.run(block.code.replaceAll(/^npm (?:un)?install .*$/gm, ""));
  if (code !== 0)
    throw new Error(`line ${block.line} ended with ${code}:\n${block.code}\n${output}`);
  const isDirectlyBelow = next !== undefined && next.line <= block.lastLine + 2;
  if (isDirectlyBelow && next.language === "text" && fileOf(next) === undefined) {
    const missing = missingLine(next.code, output);
    if (missing !== undefined) {
      throw new Error(`line ${next.line}: the output has no "${missing}":\n${output}`);
    }
  }
  return output;
}
