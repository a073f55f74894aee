/** The exit codes of all commands, as documented in the help and the README. */
export const exitCode = {
  /** Success: signed, written, matched, or a signature passes. */
  ok: 0,
  /** The answer is no: no signature passes, the keys differ, or the message cannot be signed. */
  no: 1,
  /** The command line is wrong; nothing was read or written. */
  misuse: 2,
  /** A file, key, zone or message cannot be read or used. */
  unreadable: 3,
  /** A temporary failure, such as DNS (EX_TEMPFAIL): try again later. */
  temporary: 75,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * Ends a command with one line on standard error, and one for each further problem. The message reports what went wrong,
 * what was expected, and what to do.
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

/** From best to worst; the command ends with the worst code of its files. */
const severity: readonly ExitCode[] = [
  exitCode.ok,
  exitCode.temporary,
  exitCode.no,
  exitCode.unreadable,
];

export function worst(one: ExitCode, other: ExitCode): ExitCode {
  return severity.indexOf(other) > severity.indexOf(one) ? other : one;
}
