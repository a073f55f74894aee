/** How every command ends; documented in the help and the README. */
export const exitCode = {
  /** Done: signed, written, matched, or some signature passes. */
  ok: 0,
  /** The answer is no: no signature passes, the key does not match, the message must not be signed. */
  no: 1,
  /** The command line is wrong; nothing was read or written. */
  misuse: 2,
  /** A file, key, zone or message cannot be read or used. */
  unreadable: 3,
  /** DNS failed for the time being (EX_TEMPFAIL): try again. */
  temporary: 75,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * Ends a command with one line on standard error, and one for each further thing that is wrong. The message
 * says what was expected, what arrived, what to do.
 */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  readonly more: readonly string[];

  constructor(code: ExitCode, message: string, more: readonly string[] = []) {
    super(message);
    this.name = "CommandFailure";
    this.exitCode = code;
    this.more = more;
  }
}

/** The worse the end, the later: several files end as the worst of them does. */
const severity: readonly ExitCode[] = [
  exitCode.ok,
  exitCode.temporary,
  exitCode.no,
  exitCode.unreadable,
];

export function worst(one: ExitCode, other: ExitCode): ExitCode {
  return severity.indexOf(other) > severity.indexOf(one) ? other : one;
}
