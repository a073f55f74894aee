import { expect } from "vitest";
import type { ImportedConfig, ReadText } from "../../src/import/imported-config.ts";

type Import = (file: string, readText: ReadText) => ImportedConfig;

/** The files of the source by name. The first one is imported. */
export type Files = Readonly<Record<string, string>>;

export function imported(run: Import, files: Files): ImportedConfig {
  const [main = ""] = Object.keys(files);
  return run(main, (file) => {
    const text = Object.hasOwn(files, file) ? files[file] : undefined;
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${file}`), { code: "ENOENT" });
    return text;
  });
}

/** The visible result of an import: the account and the config, or the error. */
function outcome(run: Import, files: Files): string {
  try {
    const { account, config } = imported(run, files);
    return JSON.stringify({ account, config });
  } catch (error) {
    return String(error);
  }
}

/**
 * Each significant line of each file is in the account once. Without it, or with another name in it, the result
 * differs.
 */
export function expectEveryLineToCount(
  run: Import,
  files: Files,
  isContent: (line: string) => boolean,
): void {
  const { account } = imported(run, files);
  const before = outcome(run, files);
  for (const [file, text] of Object.entries(files)) {
    const lines = text.split("\n");
    const content = lines.flatMap((line, index) => (isContent(line) ? [index + 1] : []));
    expect(account.filter((line) => line.file === file).map(({ line }) => line)).toEqual(content);
    for (const number of content) {
      const line = lines[number - 1] ?? "";
      const without = lines.toSpliced(number - 1, 1, "").join("\n");
      const renamed = lines
        .toSpliced(number - 1, 1, line.replace(/[\w*.-]+|[^\s]/, "zzz"))
        .join("\n");
      for (const changed of [without, renamed]) {
        expect(outcome(run, { ...files, [file]: changed }), `${file}:${number}`).not.toBe(before);
      }
    }
  }
}
