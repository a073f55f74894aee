import { freshRoot, freshRootMissing } from "./fresh-root.ts";

/** The root is made once, before the test files that use it run side by side. */
export default function setup(): void {
  const missing = freshRootMissing();
  if (missing === undefined) freshRoot();
  else console.error(`No fresh Debian machine is started: ${missing}.`);
}
