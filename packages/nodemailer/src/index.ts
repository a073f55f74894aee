/**
 * Signs the mail of nodemailer with DKIM (RFC 6376, 8301, 8463).
 *
 * ```ts
 * import { mailseal } from "@mailseal/nodemailer";
 * import { createTransport } from "nodemailer";
 *
 * const transport = createTransport({ host: "smtp.example.com" });
 * transport.use("stream", mailseal({ domain: "example.com", selector: "mail2026", key: process.env.DKIM_KEY ?? "" }));
 * ```
 *
 * A message that cannot be signed is not sent. The plugin does not look up DNS, and does not decide for whom a message
 * may be signed.
 */
export {
  generateKey,
  KeyError,
  loadPrivateKey,
  PrivateKey,
  type SignatureOptions,
  SigningError,
} from "@mailseal/signer";
export { type ComposedMail, mailseal, type MailsealOptions } from "./mailseal.ts";
