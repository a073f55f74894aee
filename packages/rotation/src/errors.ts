import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type RotationErrorCode =
  | "active-file"
  | "api-key"
  | "bad-domain"
  | "bad-name"
  | "bad-option"
  | "bad-plan"
  | "bad-selector"
  | "bad-state"
  | "busy"
  | "cannot-abort"
  | "dns-update"
  | "fewer-types"
  | "hook-failed"
  | "journal"
  | "key-file"
  | "lease-lost"
  | "no-resolver"
  | "no-rotation"
  | "other-activation"
  | "rotation-under-way"
  | "tsig-key";

/**
 * A rotation cannot be planned, started or advanced. The step that fails is tried again.
 *
 * ```ts
 * try {
 *   await rotation.start("example.com");
 * } catch (error) {
 *   if (!(error instanceof RotationError)) throw error;
 *   console.error(`${error.code}: ${error.message}`);
 * }
 * ```
 */
export class RotationError extends MailsealError {
  declare readonly code: RotationErrorCode;

  constructor(code: RotationErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "RotationError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): RotationError {
  return new RotationError("bad-option", message);
}
