import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { messages, rsaKey, temporaryFile } from "../fixtures.ts";
import { type Comparison, compareAll, type Contender, rhythm } from "../measuring/comparison.ts";
import type { Suite } from "../measuring/measurement.ts";

export const startSuite: Suite = {
  name: "start",
  description: "cold starts per second: import, load the key and sign once, each in a new process",
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
        floor: 2,
      },
      {
        name: "import and first signature, with process start",
        ours: wholeProcess("Mailseal", ours),
        theirs: wholeProcess("mailauth", theirs),
        floor: 0,
      },
    ];
    return compareAll(comparisons, rhythm(quick));
  },
};

function script(name: string): string {
  return fileURLToPath(new URL(`../../peers/${name}`, import.meta.url));
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
