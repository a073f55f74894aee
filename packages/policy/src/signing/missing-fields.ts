import { createHash } from "node:crypto";
import { type SigningSettings } from "@mailseal/config";
import {
  fieldValue,
  mailDate,
  type Message,
  parseSignature,
  type NewField,
} from "@mailseal/syntax";
import type { FieldRemoval } from "../pipeline/mail.ts";
import type { Mail } from "../pipeline/pipeline-context.ts";

/** The signing option that is applied here. */
export type MissingFieldsOption = "addMissingFields";

export interface AddedBy {
  /** The time, if the front end has not set one. */
  readonly nowMs: number;
  /** The domain of the Message-ID if the message has no From domain. */
  readonly hostname: string;
}

/**
 * The Date and Message-ID that outbound mail lacks (RFC 6409 8). They depend only on what the front end knows about
 * the message, so that every delivery attempt adds the same fields.
 *
 * @param removals the fields that are removed: an old signature among them no longer asserts anything
 */
export function missingFields(
  mail: Mail,
  { addMissingFields }: Pick<SigningSettings, MissingFieldsOption>,
  removals: readonly FieldRemoval[],
  { nowMs, hostname }: AddedBy,
): readonly NewField[] {
  const { context } = mail;
  if (
    addMissingFields !== "always" &&
    (addMissingFields === "never" || context.submitter !== true)
  ) {
    return [];
  }
  const { header } = mail.open;
  const gone = new Set(removals.map(({ start }) => start));
  const isMissing = (key: string): boolean =>
    !header.byKey.has(key) && !isAsserted(header, key, gone);
  const atMs = context.receivedMs ?? nowMs;
  return [
    ...(isMissing("date") ? [{ name: "Date", value: ` ${mailDate(atMs)}` }] : []),
    ...(isMissing("message-id")
      ? [{ name: "Message-ID", value: ` ${messageId(mail, atMs, hostname)}` }]
      : []),
  ];
}

/** Whether a signature that stays asserts that the field is absent: adding the field would break that signature. */
function isAsserted(message: Message, key: string, gone: ReadonlySet<number>): boolean {
  return (message.byKey.get("dkim-signature") ?? []).some((field) => {
    if (gone.has(field.start)) return false;
    const parsed = parseSignature(fieldValue(message, field));
    return parsed.ok && parsed.signature.signedFields.some((name) => name.toLowerCase() === key);
  });
}

/** A Message-ID of the author's domain. It does not reveal the name of this host unless there is no author domain. */
function messageId(
  { context, envelope, fromDomains }: Mail,
  atMs: number,
  hostname: string,
): string {
  const { queueId, listener, remoteAddress = "" } = context;
  const known = JSON.stringify([queueId, listener, remoteAddress, envelope.from, atMs]);
  const unique = createHash("sha256").update(known).digest("hex").slice(0, 24);
  const [author] = fromDomains;
  return `<${atMs.toString(36)}.${unique}@${author ?? hostname}>`;
}
