/**
 * Fields that a reader sees or a program acts on, of which RFC 5322 3.6 and RFC 2045 allow one each. RFC 6376 8.15
 * advises against a positive result for a message with more, "even if the signature technically validates".
 */
export const singletonFields: ReadonlySet<string> = new Set([
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "subject",
  "date",
  "message-id",
  "content-type",
  "content-transfer-encoding",
]);
