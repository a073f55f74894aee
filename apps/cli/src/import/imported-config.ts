import type { ConfigInput } from "@mailseal/policy/config";

/** A config made from another program's, and what of that could not be said in ours. */
export interface ImportedConfig {
  readonly config: ConfigInput;
  /** One line each, with the file and line it comes from. */
  readonly notes: readonly string[];
}

/** Where a setting stood, for the notes. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Collects what could not be carried over. */
export class ImportNotes {
  readonly #lines: string[] = [];

  add({ file, line }: Place, text: string): void {
    this.#lines.push(`${file}:${line}: ${text}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** `true`, `yes`, `1`, `enabled` and the like; undefined for anything else. */
export function truth(text: string): boolean | undefined {
  if (/^(?:true|yes|y|1|on|enabled?|t)$/i.test(text)) {
    return true;
  }
  return /^(?:false|no|n|0|off|disabled?|f)$/i.test(text) ? false : undefined;
}
