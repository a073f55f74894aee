import { appendFileSync } from "node:fs";
import process from "node:process";
import type { FromChildProcess, ToChildProcess } from "../../src/processes/child-process.ts";

/**
 * Plays a process of the relay: writes the requests of its parent to `$NOTES`, refuses the step `$REFUSES`, and is ready
 * after `$START_MS`. Like the relay it does not answer before it is ready, and uses only a config that it has loaded.
 */
const { NOTES: notes = "", REFUSES: refused, PLACE: place, START_MS: startMs = "0" } = process.env;
let isReady = false;
let isLoaded = false;

function note(text: string): void {
  appendFileSync(notes, `${place} ${text}\n`);
}

function report(message: FromChildProcess): void {
  process.send?.(message);
}

function answer(type: "config-loaded" | "config-used", step: string): void {
  report(step === refused ? { type, failure: `process ${place} refuses` } : { type });
}

process.on("disconnect", () => process.exit());
process.on("message", ({ type }: ToChildProcess) => {
  note(type);
  if (type === "load-config" && isReady) {
    isLoaded = true;
    answer("config-loaded", type);
  }
  if (type === "use-config" && isLoaded) answer("config-used", type);
  if (type === "stop") process.exit();
});
setTimeout(() => {
  isReady = true;
  report({ type: "ready" });
}, Number(startMs));
