import { fieldText, type HeaderField, type Message } from "@mailseal/syntax";

/**
 * Whether the octets that l= leaves unsigned can hide or replace what was signed (RFC 6376 8.2).
 *
 * Text after signed text is what l= was made for. But where the body has parts, more of them can
 * be added or shown instead; and where Content-Type is not signed, the signed text itself can be
 * made invisible.
 */
export function unsignedTailCanReplaceBody(
  message: Message,
  signedFields: readonly HeaderField[],
): boolean {
  return (message.byKey.get("content-type") ?? []).some((field) => {
    const type = fieldText(message, field).toLowerCase();
    const isPlainText = type.startsWith("text/plain");
    const hasParts = type.startsWith("multipart/") || type.startsWith("message/");
    return hasParts || (!isPlainText && !signedFields.includes(field));
  });
}
