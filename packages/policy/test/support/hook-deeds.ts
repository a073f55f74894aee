import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { afterAll } from "vitest";
import type { Processed } from "../../src/index.ts";
import { context, envelope, key, mail, open, type Opened, stored } from "./mail.ts";

export const directory: string = temporaryDirectory("file");
export const signing: { readonly selector: string; readonly keyText: string } = {
  selector: "s1",
  keyText: key.toPem(),
};

/** Hooks that harm the process that runs them in different ways. The field X-Do of the message names one. */
const module = writeTestFile(
  directory,
  "deeds.mjs",
  `
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
let asked = 0;
const never = new Promise(() => undefined);
const spin = () => { for (;;); };
const deeds = {
  throws() { throw new Error("oops"); },
  async rejects() { await delay(1); throw new TypeError("oops"); },
  leavesRejection() { Promise.reject(new Error("nobody listens")); return { skip: true }; },
  async rejectsBeside() { void delay(5).then(() => { throw new Error("beside"); }); await delay(10_000); },
  async rejectsAfterwards() { void delay(50).then(() => { throw new Error("afterwards"); }); },
  async throwsInTimer() { setTimeout(() => { throw new Error("in a timer"); }, 5); await delay(10_000); },
  async emitsError() { setImmediate(() => new EventEmitter().emit("error", new Error("unheard"))); await delay(10_000); },
  exits() { process.exit(0); },
  reallyExits() { process.reallyExit(0); },
  loops() { spin(); },
  async loopsLater() { await delay(5); spin(); },
  never: () => never,
  fillsHeap() { const kept = []; for (;;) kept.push(new Array(1000).fill(asked)); },
  fillsBuffers() { const kept = []; for (;;) if (kept.length < 60) kept.push(Buffer.alloc(10_000_000, 1)); },
  answersFunction: () => ({ binding: () => "x" }),
  count: () => ({ signing: { selector: "n" + asked } }),
};
export function beforeSign(message) {
  asked++;
  return deeds[message.get("X-Do")]?.();
}
`,
);

const opened: Opened[] = [];
afterAll(() => {
  for (const { pipeline } of opened) pipeline.close();
});

/** A pipeline with these hooks. */
export async function openDeeds(more: object = {}): Promise<Opened> {
  const it = await open({
    signing,
    hooks: { module, timeout: "300ms", memory: "64MB", ...more },
  });
  opened.push(it);
  return it;
}

/** A message that asks the hook for a deed. */
export function send({ pipeline }: Opened, deed: string, queueId = deed): Promise<Processed> {
  const text = mail("a@example.com", [`X-Do: ${deed}`]);
  return pipeline.process(stored(text), envelope, context({ queueId }));
}

/** The failures of hooks, each with the queue id of its message. */
export function failuresOf({ events }: Opened): readonly (readonly [string, string])[] {
  return events.flatMap((event) =>
    event.type === "hook-failed" ? [[event.queueId, event.reason] as const] : [],
  );
}
