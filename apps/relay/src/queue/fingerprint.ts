import { hash } from "node:crypto";
import type { MailParameters, RecipientParameters } from "@mailseal/delivery";
import type { MailContext } from "@mailseal/policy";

export interface Submission {
  readonly mail: MailParameters;
  readonly recipients: readonly RecipientParameters[];
  readonly context: MailContext;
  /** Of the whole message as it was received, before anything was added. */
  readonly digest: string;
}

/** The same for what a client sends again: who it is, the whole envelope, and every octet. */
export function fingerprint({ mail, recipients, context, digest }: Submission): string {
  const { remoteAddress = "", authUser = "" } = context;
  const parts = [remoteAddress, authUser, mail, recipients, digest];
  return hash("sha256", JSON.stringify(parts), "base64url");
}
