import { expect, test } from "vitest";
import { programs, readOf } from "../src/programs.ts";

test.each(programs)("the npm package of $name has the files that it reads, too", (program) => {
  const { files } = JSON.parse(readOf(program, "package.json")) as { files: readonly string[] };
  for (const file of program.files) {
    expect(files.filter((each) => file === each || file.startsWith(`${each}/`))).not.toEqual([]);
  }
});
