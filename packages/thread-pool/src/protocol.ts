/** Tasks, and outcomes, that travel together at most: more would only wait for each other. */
export const maxBatch = 32;

/** What the pool sends to a thread: lists, because they are copied faster than as many objects. */
export type ToThread =
  | { readonly kind: "tasks"; readonly firstId: number; readonly inputs: readonly unknown[] }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "close" };

/** What a thread sends to its pool. */
export type FromThread =
  /** What the tasks `ids` gave, in the same order. */
  | {
      readonly kind: "values";
      readonly ids: readonly number[];
      readonly values: readonly unknown[];
    }
  | { readonly kind: "error"; readonly id: number; readonly error: CarriedError }
  | { readonly kind: "question"; readonly id: number; readonly question: unknown };

/** An error as it travels: a class of ours would arrive as a plain `Error` without its code. */
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
