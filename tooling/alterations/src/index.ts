/**
 * What mail systems do to signed messages, to measure how well `explain` says what was done.
 *
 *     import { score, scoreText, singleTrials } from "@mailseal/alterations";
 *
 *     console.log(scoreText("single", await score(singleTrials("some"))));
 *
 * Each alteration names the causes that a person who saw it done would name first. It is written from what
 * the programs do, in its own words: nothing of `explain` is used to make one.
 */
export type { Alteration } from "./alteration.ts";
export { alterations } from "./alterations.ts";
export { judge, type Judgement } from "./judgement.ts";
export { samples, type Sample } from "./samples.ts";
export { score, scoreText, type Score } from "./score.ts";
export { breaksSomething, pairTrials, singleTrials, type Trial } from "./trials.ts";
