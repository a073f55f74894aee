import {
  type DescribedCommand,
  describeProgram,
  everyCommand,
} from "@mailseal/service/command-line";
import { manualFiles } from "../src/manual-files.ts";
import { programs } from "../src/programs.ts";

interface DescribedProgram {
  readonly name: string;
  readonly section: string;
  readonly commands: readonly DescribedCommand[];
  readonly files: ReadonlyMap<string, string>;
}

/** Each program with all of its commands, and the files that are written for it. */
export async function describedPrograms(): Promise<readonly DescribedProgram[]> {
  return Promise.all(
    Array.from(programs.values(), async (program) => ({
      name: program.name,
      section: program.section,
      commands: everyCommand(describeProgram(await program.load())),
      files: await manualFiles(program, { version: "1.2.3", date: "2026-01-31" }),
    })),
  );
}
