import type { FindingKind } from "./finding-kinds.ts";

/** A fault that a check found, with the command that mends it. */
export interface Finding {
  readonly kind: FindingKind;
  /** What is wrong here, in one sentence with the names of this machine. Printable, without a final full stop. */
  readonly what: string;
  /** One line for a shell of root. Absent only if no command can mend it. */
  readonly command?: string;
  /** What the command does not show, such as the text of a record; one sentence. */
  readonly advice?: string;
}

/** Why a check could not be made, or only in part. */
export interface Unknown {
  /** One printable sentence without a final full stop. */
  readonly reason: string;
  /** `later`: DNS or the network did not answer, so the same command may succeed later. `access`: anything else. */
  readonly cause: "later" | "access";
}

/** Thrown by a check, or by a fact that it needs, if it cannot be made. */
export class NotKnown extends Error {
  readonly unknown: Unknown;

  constructor(reason: string, cause: Unknown["cause"] = "access") {
    super(reason);
    this.name = "NotKnown";
    this.unknown = { reason, cause };
  }
}
