import type { ConfigInput } from "@mailseal/config";
import type { AccountedLine, ImportWarning } from "./account.ts";

/** A config converted from another program, with an account of every source line. */
export interface ImportedConfig {
  readonly config: ConfigInput;
  readonly account: readonly AccountedLine[];
  readonly warnings: readonly ImportWarning[];
}

/** The file is not a config of that program. The message gives the place and the expected form. */
export class ImportError extends Error {}

/** Reads a text file; throws if it cannot be read. */
export type ReadText = (file: string) => string;

/** True for `true`, `yes`, `1`, `enabled` and so on, false for their opposites; undefined for anything else. */
export function truth(text: string): boolean | undefined {
  if (/^(?:true|yes|y|1|on|enabled?|t)$/i.test(text)) {
    return true;
  }
  return /^(?:false|no|n|0|off|disabled?|f)$/i.test(text) ? false : undefined;
}

/** A section of the new config. */
export type Section = Record<string, unknown>;

/** Leaves out an empty section. */
export function nonEmpty(name: string, section: Section): Section {
  return Object.keys(section).length === 0 ? {} : { [name]: section };
}
