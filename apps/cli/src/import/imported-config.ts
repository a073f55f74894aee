import type { ConfigInput } from "@mailseal/config";
import type { AccountedLine, ImportWarning } from "./account.ts";

/** A config made from another program's, with an account of every line that it was made from. */
export interface ImportedConfig {
  readonly config: ConfigInput;
  readonly account: readonly AccountedLine[];
  readonly warnings: readonly ImportWarning[];
}

/** Thrown where the file is no config of that program at all. The message says where, and what was expected. */
export class ImportError extends Error {}

/** Reads a text file; throws where it cannot be read. */
export type ReadText = (file: string) => string;

/** `true`, `yes`, `1`, `enabled` and the like; undefined for anything else. */
export function truth(text: string): boolean | undefined {
  if (/^(?:true|yes|y|1|on|enabled?|t)$/i.test(text)) {
    return true;
  }
  return /^(?:false|no|n|0|off|disabled?|f)$/i.test(text) ? false : undefined;
}

/** A section of a config that is being made. */
export type Section = Record<string, unknown>;

/** Without sections that say nothing. */
export function nonEmpty(name: string, section: Section): Section {
  return Object.keys(section).length === 0 ? {} : { [name]: section };
}
