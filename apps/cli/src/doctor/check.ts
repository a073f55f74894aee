import type { Finding, Unknown } from "./finding.ts";
import type { Installation } from "./installation.ts";

/** One check of an installation. It changes nothing. */
export interface Check {
  /** For `--only` and `--skip`, and for findings in JSON. */
  readonly id: string;
  /** A sentence that holds if the check finds nothing, such as "Postfix can connect to the relay". */
  readonly claim: string;
  /** Longer than every time limit inside the check. */
  readonly limitMs: number;
  /** Rejects with `NotKnown` if it cannot be made. */
  readonly run: (installation: Installation, report: CheckReport) => Promise<void>;
}

/** Takes the results of a check as they come, so that those before a time limit are kept. */
export interface CheckReport {
  found(finding: Finding): void;
  /** A part of the check could not be made. */
  unknown(reason: string, cause: Unknown["cause"]): void;
  /** The installation has nothing that the check is about. */
  doesNotApply(): void;
}
