/** The contents of another program's config, or its first syntax error. */
export type SourceParse<Contents> =
  | (Contents & {
      readonly ok: true;
      /** The lines that are neither blank nor comments. */
      readonly lines: ReadonlySet<number>;
    })
  | { readonly ok: false; readonly line: number; readonly reason: string };

/** A syntax error in another program's config, which `attemptParse` turns into a value. */
export class SourceSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Returns the result of `parse`, or the `SourceSyntaxError` that it throws as a value. */
export function attemptParse<Contents>(parse: () => SourceParse<Contents>): SourceParse<Contents> {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SourceSyntaxError) {
      return { ok: false, line: error.line, reason: error.message };
    }
    throw error;
  }
}
