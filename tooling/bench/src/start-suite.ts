import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Comparison, compare, type Contender, rhythm } from "./comparison.ts";
import { messages, rsaKey, temporaryFile } from "./fixtures.ts";
import type { Suite } from "./measurement.ts";

export const startSuite: Suite = {
  name: "start",
  description: "imports, keys loaded and first signatures a second, each in a process of its own",
  async run({ quick }) {
    const message = temporaryFile("start.eml", messages["2 KB"].bytes);
    const key = temporaryFile("start.pem", rsaKey.toPem());
    const ours = [script("first-signature-mailseal.mjs"), message, key];
    const theirs = [script("first-signature-mailauth.mjs"), message, key];
    const comparisons: Comparison[] = [
      {
        name: "import and first signature",
        ours: firstSignature("Mailseal", ours),
        theirs: firstSignature("mailauth", theirs),
        // Half the time is twice the rate.
        floor: 2,
      },
      {
        name: "the same with the start of the process",
        ours: wholeProcess("Mailseal", ours),
        theirs: wholeProcess("mailauth", theirs),
        floor: 0,
      },
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

function firstSignature(name: string, args: readonly string[]): Contender {
  return {
    name,
    run(count) {
      let total = 0;
      for (let done = 0; done < count; done++) {
        total += Number(outputOf(name, args));
      }
      return total;
    },
  };
}

function wholeProcess(name: string, args: readonly string[]): Contender {
  return {
    name,
    run(count) {
      const start = performance.now();
      for (let done = 0; done < count; done++) {
        outputOf(name, args);
      }
      return performance.now() - start;
    },
  };
}

function outputOf(name: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0 || !(Number(stdout) > 0)) {
    throw new Error(`${name}: ${stderr}${stdout}`);
  }
  return stdout;
}
