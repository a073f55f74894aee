/**
 * Alterations that mail systems make to signed messages, to measure how well `explain` finds them.
 *
 *     import { score, scoreText, singleTrials } from "@mailseal/alterations";
 *
 *     console.log(scoreText("single", await score(singleTrials("some"))));
 *
 * Each alteration lists the causes that a witness of the change would name first. Alterations imitate real programs and
 * use no code of `explain`.
 */
export type { Alteration } from "./alteration.ts";
export { alterations } from "./alterations.ts";
export { judge, type Judgement } from "./judgement.ts";
export { samples, type Sample } from "./samples.ts";
export { score, scoreText, type Score } from "./score.ts";
export { breaksSomething, pairTrials, singleTrials, type Trial } from "./trials.ts";
