import { helpEnd } from "@mailseal/service/command-line";
import { Command, Option } from "commander";
import { checkIds } from "../doctor/check-ids.ts";
import type { ExitCode } from "../exit-code.ts";
import { defaultConfig } from "../files/config-file.ts";

interface DoctorOptions {
  readonly config: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly json?: boolean;
}

export function doctorCommand(finish: (code: ExitCode) => void): Command {
  return new Command("doctor")
    .summary("find out what is wrong with an installation, and how to mend it")
    .description(
      "Check a running installation: whether the mail server reaches the relay, the relay can read its keys, DNS publishes them, nothing changes mail after signing, the clock is right, and there is room on the disks. For each finding, print a command that mends it. Nothing is changed. Run it as root.",
    )
    .option("-c, --config <file>", "the config file of the relay", defaultConfig)
    .addOption(new Option("--only <check...>", "make only these checks").choices(checkIds))
    .addOption(
      new Option("--skip <check...>", "leave these checks out").choices(checkIds).conflicts("only"),
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
    .action(async ({ config, only = checkIds, skip = [], json = false }: DoctorOptions) => {
      const { doctor } = await import("../doctor/doctor.ts");
      await doctor({ config, only, skip, json }, finish);
    });
}
