/** How the program ends; documented in its help. */
export const exitCode = {
  /** Stopped as asked, or the check found nothing. */
  ok: 0,
  /** The config, or a file it names, cannot be used. */
  config: 1,
  /** The command line is wrong. */
  misuse: 2,
  /** Something failed that should not. */
  failure: 3,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
