/** A setup cannot go on. The message reports what went wrong, what was expected and what to do. */
export class SetupError extends Error {
  /** True if the same command may succeed later without a repair. */
  readonly isTemporary: boolean;

  constructor(message: string, { isTemporary = false }: { readonly isTemporary?: boolean } = {}) {
    super(message);
    this.name = "SetupError";
    this.isTemporary = isTemporary;
  }
}
