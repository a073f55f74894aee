import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Comparison, compare, type Contender, rhythm } from "./comparison.ts";
import { messages, rsaKey, temporaryFile } from "./fixtures.ts";
import type { Suite } from "./measurement.ts";

export const startSuite: Suite = {
  name: "start",
  description: "processes a second that import, load a key and sign one message",
  bound: "atLeast",
  async run({ quick }) {
    const message = temporaryFile("start.eml", messages["2 KB"].bytes);
    const key = temporaryFile("start.pem", rsaKey.toPem());
    const empty = node("an empty process", ["-e", ""]);
    const ours = node("Mailseal", [script("first-signature-mailseal.mjs"), message, key]);
    const theirs = node("mailauth", [script("first-signature-mailauth.mjs"), message, key]);
    const comparisons: Comparison[] = [
      // Half the time is twice the rate.
      { name: "first signature", ours, theirs, floor: 2 },
      { name: "first signature", ours, theirs: empty, floor: 0 },
    ];
    const measurements = [];
    for (const comparison of comparisons) {
      measurements.push(await compare(comparison, rhythm(quick)));
    }
    return measurements;
  },
};

function script(name: string): string {
  return fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
}

function node(name: string, args: readonly string[]): Contender {
  return {
    name,
    run(count) {
      const start = performance.now();
      for (let done = 0; done < count; done++) {
        const { status, stderr } = spawnSync(process.execPath, args);
        if (status !== 0) {
          throw new Error(`${name}: ${stderr.toString()}`);
        }
      }
      return performance.now() - start;
    },
  };
}
