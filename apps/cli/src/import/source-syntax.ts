/** What a reader of another program's config makes of a text, or the first fault in it. */
export type SourceParse<Contents> =
  | (Contents & {
      readonly ok: true;
      /** The lines that are neither blank nor comments. */
      readonly lines: ReadonlySet<number>;
    })
  | { readonly ok: false; readonly line: number; readonly reason: string };

/** A text is not in the language of the config that it should be; never leaves the reader that throws it. */
export class SourceSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** The result of `parse`; a `SourceSyntaxError` becomes a value. */
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
