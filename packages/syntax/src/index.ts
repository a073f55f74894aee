/**
 * Wire text of mail, for DKIM: messages split into header fields and body, addresses, domain names, tag
 * lists, and the DKIM-Signature and Authentication-Results fields.
 *
 * ```ts
 * import { fromMailboxes, splitMessage } from "@mailseal/syntax";
 *
 * const message = splitMessage(bytes);
 * for (const { key, start, end } of message.fields) {
 *   console.log(key, end - start, "bytes");
 * }
 * console.log(fromMailboxes(message).map(({ address }) => address));
 * ```
 *
 * It takes bytes and returns offsets and text. It never throws because of what a message contains. It does
 * not know keys, hashes or DNS, and does not parse MIME.
 */
/** @deprecated Import it from `@mailseal/errors`: this re-export goes with the next release. */
export { MailsealError } from "@mailseal/errors";
export {
  fromMailboxes,
  type Mailbox,
  parseAddressList,
  senderMailboxes,
} from "./address/address.ts";
export {
  type ArcAuthenticationResultsParse,
  type AuthenticationProperty,
  type AuthenticationResult,
  type AuthenticationResults,
  type AuthenticationResultsFailure,
  type AuthenticationResultsParse,
  parseArcAuthenticationResults,
  parseAuthenticationResults,
} from "./authentication-results/authentication-results.ts";
export { formatAuthenticationResults } from "./authentication-results/authentication-results-format.ts";
export { removeAuthenticationResults } from "./authentication-results/authentication-results-remove.ts";
export { authservIdClaim } from "./authentication-results/authserv-id-claim.ts";
export { isAutomaticMail } from "./message/automatic-mail.ts";
export { decodeBase64, encodeBase64 } from "./text/base64.ts";
export {
  type Canonicalization,
  type CanonicalizationPair,
  canonicalizationPairs,
  type DkimSignature,
  type PartialSignature,
  type SignatureErrorCode,
  type SignatureParse,
} from "./signature/dkim-signature.ts";
export { parseSignature } from "./signature/parse-signature.ts";
export {
  isSameOrSubdomain,
  selectorInRecordName,
  toAsciiDomain,
  toUnicodeDomain,
} from "./address/domain-name.ts";
export { MailSyntaxError, type MailSyntaxErrorCode } from "./errors.ts";
export type { FoldOptions } from "./text/field-writer.ts";
export {
  type ByteRange,
  changedHeader,
  formatFields,
  type HeaderChanges,
  keptPieces,
  type NewField,
  newField,
} from "./message/header-changes.ts";
export {
  HeaderReader,
  type HeaderReaderOptions,
  type ReadHeader,
  splitMessage,
} from "./message/header-reader.ts";
export {
  countLineEndings,
  CrlfFixer,
  type CrlfOptions,
  type LineEndingCounts,
  type LineEndingRepairs,
  toCrlf,
} from "./message/line-endings.ts";
export { mailDate } from "./text/mail-date.ts";
export {
  fieldText,
  fieldValue,
  type HeaderField,
  isSplitMessage,
  type Message,
  messageBytes,
  type MessageDefect,
  rawField,
} from "./message/message.ts";
export { type MessageListener, MessageReader } from "./message/message-reader.ts";
export type { CopiedField } from "./signature/signature-values.ts";
export { decodeQuotedPrintable, encodeQuotedPrintable } from "./text/quoted-printable.ts";
export {
  foldSignatureValue,
  formatSignatureField,
  type SignatureFieldTags,
} from "./signature/signature-format.ts";
export {
  parseTagList,
  type Tag,
  type TagList,
  type TagListErrorCode,
  type Tags,
} from "./signature/tag-list.ts";
export {
  asciiLine,
  MAX_PRINTABLE_NAME_LENGTH,
  printable,
  printableLine,
  printableName,
  quoted,
} from "@mailseal/errors";
