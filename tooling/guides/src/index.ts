/**
 * Runs the commands of a guide as a reader would: as root, in the order of the page, on a machine of their own.
 *
 *     import { guides, playGuide } from "@mailseal/guides";
 *
 *     test.each(guides)("$page", (guide) => playGuide(guide));
 *
 * A page has three kinds of blocks. A block whose first line is a comment with a path is that file. A block in the
 * language `sh` is a list of commands. A block in the language `text` right after it is their output, in which "..."
 * stands for anything.
 */
export { type Guide, guides } from "./guides.ts";
export { playGuide } from "./play-guide.ts";
export { Stage, stageMissing } from "./stage.ts";
