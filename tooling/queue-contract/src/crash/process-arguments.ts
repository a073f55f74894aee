import type { CrashQueue } from "./crash-queue.ts";

/** What a process of a crash test is told, as JSON in its one argument. */
export interface ProcessArguments {
  readonly queue: CrashQueue;
  readonly name: string;
  readonly recordFile: string;
  readonly seed: number;
}

export function readArguments(): ProcessArguments {
  return JSON.parse(process.argv[2] ?? "") as ProcessArguments;
}
