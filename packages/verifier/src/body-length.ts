import { fieldText, type HeaderField, type Message } from "@mailseal/syntax";

/**
 * Whether the octets that l= leaves unsigned can hide or replace what was signed (RFC 6376 8.2).
 *
 * Text after signed plain text is what l= was made for. But where the body has parts, more of them
 * can be added or shown instead; HTML can cover what stands before it; and where Content-Type or
 * the encoding is not signed, the signed text itself can be made invisible.
 */
export function unsignedTailCanReplaceBody(
  message: Message,
  signedFields: readonly HeaderField[],
): boolean {
  const types = message.byKey.get("content-type") ?? [];
  const encodings = message.byKey.get("content-transfer-encoding") ?? [];
  return (
    types.some((field) => !/^text\/plain[ \t]*(?:;|$)/i.test(fieldText(message, field))) ||
    encodings.some(
      (field) =>
        !signedFields.includes(field) && !/^(?:7bit|8bit|binary)$/i.test(fieldText(message, field)),
    )
  );
}
