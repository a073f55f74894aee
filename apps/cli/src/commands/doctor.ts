import process from "node:process";
import { helpEnd } from "@mailseal/service/command-line";
import { Command, Option } from "commander";
import { checks } from "../doctor/checks.ts";
import { examine, exitCodeOf } from "../doctor/examine.ts";
import { installationOn } from "../doctor/installation.ts";
import { reportJson } from "../doctor/report-json.ts";
import { reportText } from "../doctor/report-text.ts";
import type { ExitCode } from "../exit-code.ts";
import { defaultConfig } from "../files/config-file.ts";
import { thisHost } from "../host/host.ts";
import { print } from "../output/output.ts";

interface DoctorOptions {
  readonly config: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly json?: boolean;
}

/** After this time the process ends, even if a system call of a check still hangs, as on a dead network file system. */
const graceMs = 2000;

export function doctorCommand(finish: (code: ExitCode) => void): Command {
  const ids = checks.map(({ id }) => id);
  return new Command("doctor")
    .summary("find out what is wrong with an installation, and how to mend it")
    .description(
      "Check a running installation: whether the mail server reaches the relay, the relay can read its keys, DNS publishes them, nothing changes mail after signing, the clock is right, and there is room on the disks. For each finding, print a command that mends it. Nothing is changed. Run it as root.",
    )
    .option("-c, --config <file>", "the config file of the relay", defaultConfig)
    .addOption(new Option("--only <check...>", "make only these checks").choices(ids))
    .addOption(
      new Option("--skip <check...>", "leave these checks out").choices(ids).conflicts("only"),
    )
    .option("--json", "print {ok, findings, unknown, well} as JSON")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "all is well; there may be notes",
          1: "something is wrong",
          3: "nothing wrong was found, but a check could not be made",
          75: "as 3, because DNS or the network did not answer; try again later",
        },
        examples: [
          "mailseal doctor",
          "mailseal doctor --only socket keys",
          "mailseal doctor --json",
        ],
      }),
    )
    .action(async ({ config, only = ids, skip = [], json }: DoctorOptions) => {
      const chosen = checks.filter(({ id }) => only.includes(id) && !skip.includes(id));
      const examination = await examine(installationOn(thisHost, config), chosen);
      const code = exitCodeOf(examination);
      await print(
        json === true
          ? `${JSON.stringify(reportJson(examination, code))}\n`
          : reportText(examination),
      );
      finish(code);
      if (examination.hasTimedOut) setTimeout(() => process.exit(code), graceMs).unref();
    });
}
