import { pairTrials, score, scoreText, singleTrials } from "./index.ts";

/** Prints the scores of all trials, which takes minutes; the test runs only a part of them. */
console.log(scoreText("single", await score(singleTrials("all"))));
console.log(scoreText("pairs", await score(pairTrials("all"))));
