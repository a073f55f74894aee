import { pairTrials, score, scoreText, singleTrials } from "./index.ts";

/** Prints the scores of every trial: minutes, where the test takes a part of them. */
console.log(scoreText("single", await score(singleTrials("all"))));
console.log(scoreText("pairs", await score(pairTrials("all"))));
