import type { CauseCode, Step } from "../../cause.ts";

/** The value of a field as it may have been: all between its colon and its last line ending. */
export interface FieldValue {
  readonly value: string;
  readonly code: CauseCode;
  /** What was done to it on the way; "The field Subject: " goes before it. */
  readonly detail: string;
}

/** What the rest of the message tells of how a field was. */
export interface FieldContext {
  /** Values of a field, unfolded and trimmed, from the top down. */
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

/** For a list of causes: the field as it is and as it was. */
export function changeOf(received: string, signed: string): NonNullable<Step["changes"]> {
  return [{ received: received.slice(0, 1000), signed: signed.slice(0, 1000) }];
}
