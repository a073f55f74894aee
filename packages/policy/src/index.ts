export type { Disposition, Envelope, FieldRemoval, MailContext, StoredMessage } from "./mail.ts";
export type { Pipeline, Processed, SkipReason } from "./pipeline.ts";
