/** Tasks, and outcomes, that travel together at most: more would only wait for each other. */
export const maxBatch = 16;

/** What the pool sends to a thread. */
export type ToThread =
  | { readonly kind: "tasks"; readonly tasks: readonly NumberedTask[] }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "close" };

/** What a thread sends to its pool. */
export type FromThread =
  | { readonly kind: "outcomes"; readonly outcomes: readonly Outcome[] }
  | { readonly kind: "question"; readonly id: number; readonly question: unknown };

interface NumberedTask {
  readonly id: number;
  readonly input: unknown;
}

export type Outcome =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: CarriedError };

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
