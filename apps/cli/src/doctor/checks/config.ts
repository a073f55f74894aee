import { commandLine } from "../../host/host.ts";
import type { Check } from "../check.ts";

export const configCheck: Check = {
  id: "config",
  claim: "the config can be used",
  limitMs: 20_000,
  async run({ configFile, configProblem }, report) {
    const problem = await configProblem();
    if (problem === undefined) return;
    report.found({
      kind: "config-unusable",
      what: problem,
      command: commandLine(["mailseal", "config", "check", configFile]),
    });
  },
};
