import { setFlagsFromString } from "node:v8";

/**
 * Keeps the part of the heap where objects begin as small as it is at the start. V8 lets it grow to 100 MB in a
 * program that passes mail on, which makes it no faster (`npm run bench -- queue`). Its own flag for that,
 * --max-semi-space-size, must be given before the program runs.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
