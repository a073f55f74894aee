import { fileURLToPath } from "node:url";
import { testEndedOutput } from "@mailseal/testkit/ended-output-contract";

const entry = fileURLToPath(new URL("run-main.ts", import.meta.url));
const commands = [
  ["--help"],
  ["--version"],
  ["completion", "--help"],
  ["completion", "bash"],
  ["completion", "zsh"],
  ["completion", "fish"],
];

testEndedOutput("mailseal-worker", entry, commands);
