import process from "node:process";
import type { ExitCode } from "../exit-code.ts";
import { thisHost } from "../host/host.ts";
import { print } from "../output/output.ts";
import { checks } from "./checks.ts";
import { examine, exitCodeOf } from "./examine.ts";
import { installationOn } from "./installation.ts";
import { reportJson } from "./report-json.ts";
import { reportText } from "./report-text.ts";

export interface DoctorOptions {
  readonly config: string;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly json: boolean;
}

/** After this time the process ends, even if a system call of a check still hangs, as on a dead network file system. */
const graceMs = 2000;

/** Makes the chosen checks of this machine, prints what they found, and passes the exit code to `finish`. */
export async function doctor(
  { config, only, skip, json }: DoctorOptions,
  finish: (code: ExitCode) => void,
): Promise<void> {
  const chosen = checks.filter(({ id }) => only.includes(id) && !skip.includes(id));
  const installation = installationOn(thisHost, config);
  const examination = await examine(installation, chosen).finally(installation.close);
  const code = exitCodeOf(examination);
  await print(
    json ? `${JSON.stringify(reportJson(examination, code))}\n` : reportText(examination),
  );
  finish(code);
  if (examination.hasTimedOut) setTimeout(() => process.exit(code), graceMs).unref();
}
