import { createTwoFilesPatch } from "diff";

const contextLines = 3;

/** A unified diff in lines, as `diff -u` writes it; undefined stands for a file that does not exist. */
export function unifiedDiff(
  path: string,
  before: string | undefined,
  after: string,
): readonly string[] {
  const patch = createTwoFilesPatch(
    before === undefined ? "/dev/null" : path,
    path,
    before ?? "",
    after,
    undefined,
    undefined,
    { context: contextLines },
  );
  // The library begins with lines for an index, which diff(1) does not write.
  const lines = patch.split("\n").slice(0, -1);
  return lines.slice(lines.findIndex((line) => line.startsWith("--- ")));
}
