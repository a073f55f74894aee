import process from "node:process";
import { createLog, policyOf, readConfigFile } from "@mailseal/service";
import { configTextOfParent, runChildProcess } from "../../src/processes/child-process.ts";
import { countForSupervisor } from "../../src/statistics/process-link.ts";

/** A child process of the relay. Its first argument is the config file, whose text its parent sends. */
const file = process.argv[2] ?? "";
const configText = await configTextOfParent();
const read = (text: string | undefined) => readConfigFile(file, process.env, { text });
const log = createLog({ level: "silent", format: "json" }, process.stdout);
const counting = countForSupervisor((await read(configText)).config);
const open = async (text?: string) =>
  policyOf((await read(text)).config, () => undefined, counting);
await runChildProcess(open, { configText, log, stopDeadlineMs: 1000, counting });
if (process.connected) process.disconnect();
