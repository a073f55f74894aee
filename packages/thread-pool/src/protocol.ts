/** The most tasks or results in one message: in a larger batch the first would wait for the last. */
export const maxBatch = 32;

/** A message from the pool to a thread. It has lists, because one list is copied faster than many objects. */
export type ToThread =
  | { readonly kind: "tasks"; readonly firstId: number; readonly inputs: readonly unknown[] }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  /** A question that could not be answered. */
  | { readonly kind: "refusal"; readonly id: number; readonly error: CarriedError }
  | { readonly kind: "notice"; readonly notice: unknown }
  | { readonly kind: "close" };

/** A message from a thread to its pool. */
export type FromThread =
  /** The results of the tasks `ids`, in the same order. */
  | {
      readonly kind: "values";
      readonly ids: readonly number[];
      readonly values: readonly unknown[];
    }
  | { readonly kind: "error"; readonly id: number; readonly error: CarriedError }
  | { readonly kind: "question"; readonly id: number; readonly question: unknown };

/** An error on its way between threads: a class of its own would arrive as a plain `Error` without its code. */
export interface CarriedError {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

export function carryError(error: unknown): CarriedError {
  if (!(error instanceof Error)) {
    return { name: "Error", code: undefined, message: String(error) };
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { name: error.name, code, message: error.message };
}
