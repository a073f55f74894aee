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

export interface AddedBy {
  /** The time, where the front end has told none. */
  readonly nowMs: number;
  /** Of the Message-ID of mail that names no domain. */
  readonly hostname: string;
}

/**
 * The Date and Message-ID that outbound mail lacks (RFC 6409 8). They are made of what the front end knows of the
 * message alone, so that every attempt to deliver it has the same.
 *
 * @param removals what goes from the message: an old signature among it asserts nothing any more
 */
export function missingFields(
  mail: Mail,
  { addMissingFields }: SigningSettings,
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

/** Whether a signature that the message keeps already says that there is no such field: adding it would break it. */
function isAsserted(message: Message, key: string, gone: ReadonlySet<number>): boolean {
  return (message.byKey.get("dkim-signature") ?? []).some((field) => {
    if (gone.has(field.start)) return false;
    const parsed = parseSignature(fieldValue(message, field));
    return parsed.ok && parsed.signature.signedFields.some((name) => name.toLowerCase() === key);
  });
}

/** Of the author's domain, and without a name of this host, which is nobody's business. */
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
