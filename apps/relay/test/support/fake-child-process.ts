import { appendFileSync } from "node:fs";
import process from "node:process";
import type { FromChildProcess, ToChildProcess } from "../../src/processes/child-process.ts";

/** Stands for a process of the relay: notes in `$NOTES` what its parent asks, and refuses the step `$REFUSES`. */
const { NOTES: notes = "", REFUSES: refused, PLACE: place } = process.env;

function report(message: FromChildProcess): void {
  process.send?.(message);
}

function answer(type: "config-loaded" | "config-used", step: string): void {
  report(step === refused ? { type, failure: `process ${place} refuses` } : { type });
}

process.on("disconnect", () => process.exit());
process.on("message", ({ type }: ToChildProcess) => {
  appendFileSync(notes, `${place} ${type}\n`);
  if (type === "load-config") answer("config-loaded", type);
  if (type === "use-config") answer("config-used", type);
  if (type === "stop") process.exit();
});
report({ type: "ready" });
