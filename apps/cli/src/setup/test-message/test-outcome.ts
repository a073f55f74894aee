import type { TestMail } from "./test-mail.ts";

/** A message that went one way through the mail server, and what came out. */
export type TestOutcome = { readonly way: string; readonly mail: TestMail } & (
  | { readonly result: "arrived"; readonly bytes: Buffer }
  /** The mail server did not take it; `reason` is its reply. */
  | { readonly result: "refused"; readonly reason: string }
  /** It was taken but did not arrive; `reason` is that of the queue, if it has one. */
  | { readonly result: "lost"; readonly reason: string | undefined }
);
