import { appendFileSync } from "node:fs";
import process from "node:process";
import type { FromChildProcess, ToChildProcess } from "../../src/processes/child-process.ts";

/**
 * Plays a process of the relay: writes the requests of its parent to `$NOTES` and the config texts to `$NOTES.texts`,
 * refuses the step `$REFUSES`, ends at the step `$ENDS_AT`, and is ready after `$START_MS`. Like the relay it does not
 * answer before it is ready, and uses only a config that it has loaded.
 */
const {
  NOTES: notes = "",
  REFUSES: refused,
  ENDS_AT: last,
  PLACE: place,
  START_MS: startMs = "0",
} = process.env;
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
process.on("message", (message: ToChildProcess) => {
  const { type } = message;
  if ("configText" in message) {
    appendFileSync(`${notes}.texts`, `${place} ${type} ${message.configText}\n`);
  }
  if (type === "start") return;
  note(type);
  if (type === "stop" || type === last) process.exit();
  if (type === "load-config" && isReady) {
    isLoaded = true;
    answer("config-loaded", type);
  }
  if (type === "use-config" && isLoaded) answer("config-used", type);
});
setTimeout(() => {
  isReady = true;
  report({ type: "ready" });
}, Number(startMs));
