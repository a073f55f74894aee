import type { CauseCode, Step } from "../../cause.ts";

/** A possible original of a field's value: everything between its colon and its last line ending. */
export interface FieldValue {
  readonly value: string;
  readonly code: CauseCode;
  /** The change that was made on the way. It follows "the field Subject was altered: ". */
  readonly detail: string;
}

/** Clues in the rest of the message to the original value of a field. */
export interface FieldContext {
  /** The values of a field, unfolded and trimmed, from top to bottom. */
  valuesOf(key: string): readonly string[];
  /** t= of the signature. */
  readonly timestamp: number | undefined;
  /** Boundaries that the body uses. */
  readonly boundaries: readonly string[];
}

export function unfold(value: string): string {
  return value.replace(/\r?\n(?=[ \t])/g, "");
}

export function edited(value: string, detail: string): FieldValue {
  return { value: value.startsWith(" ") ? value : ` ${value}`, code: "field-edited", detail };
}

export function refolded(value: string, detail: string): FieldValue {
  return { value, code: "field-refolded", detail };
}

/** The field as received and as signed, for a cause. */
export function changeOf(received: string, signed: string): NonNullable<Step["changes"]> {
  return [{ received: received.slice(0, 1000), signed: signed.slice(0, 1000) }];
}
