import process from "node:process";
import { createLog, policyOf, readConfigFile } from "@mailseal/service";
import { runChildProcess } from "../../src/processes/child-process.ts";
import { countForSupervisor } from "../../src/statistics/process-link.ts";

/** A child process of the relay, whose config is the file in its first argument. */
const file = process.argv[2] ?? "";
const log = createLog({ level: "silent", format: "json" }, process.stdout);
const counting = countForSupervisor(await readConfigFile(file, process.env));
const open = async () =>
  policyOf(await readConfigFile(file, process.env), () => undefined, counting);
await runChildProcess(open, log, 1000, counting);
if (process.connected) process.disconnect();
