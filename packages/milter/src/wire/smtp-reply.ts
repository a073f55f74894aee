import { MilterError } from "../errors.ts";
import { quoted } from "./wire-text.ts";

/** The reply to the SMTP client instead of the MTA's own text. */
export interface SmtpReplyText {
  /** 400 to 599. */
  readonly code: number;
  /** An enhanced code (RFC 3463) of the same class as the code: "5.7.1" with 550. */
  readonly enhancedCode?: string;
  /** One line, or several; printable ASCII. */
  readonly text: string | readonly string[];
}

/** RFC 5321 4.5.3.1.5: 512 octets with the line ending; the code and a separator stand before it. */
const maxLineBytes = 510;
/** As many as libmilter takes. */
const maxLines = 32;

/**
 * A refusal with a custom text, validated. Created by `smtpReply`.
 *
 * ```ts
 * const refusal: SmtpReply = smtpReply({ code: 451, text: "try again in a minute" });
 * refusal.permanent; // false
 * ```
 */
export class SmtpReply {
  readonly kind = "reply";
  readonly permanent: boolean;
  /** Every line with its code, separated by CRLF. */
  readonly text: string;

  /** @internal */
  constructor(permanent: boolean, text: string) {
    this.permanent = permanent;
    this.text = text;
  }
}

/**
 * A refusal with a custom code and text (SMFIR_REPLYCODE). Throws a `MilterError` "bad-reply" for
 * a code outside 4xx and 5xx, an enhanced code of another class or form, text that is not printable ASCII,
 * an overlong line and more than 32 lines.
 *
 * ```ts
 * const handler: MilterHandler = {
 *   rcptTo: () => smtpReply({ code: 550, enhancedCode: "5.1.1", text: "no such user" }),
 * };
 * ```
 */
export function smtpReply({ code, enhancedCode, text }: SmtpReplyText): SmtpReply {
  if (!Number.isInteger(code) || code < 400 || code > 599) {
    throw badReply("a code from 400 to 599", String(code));
  }
  if (enhancedCode !== undefined && !/^[45]\.\d{1,3}\.\d{1,3}$/.test(enhancedCode)) {
    throw badReply('an enhanced status code of RFC 3463, as "5.7.1"', quoted(enhancedCode));
  }
  if (enhancedCode !== undefined && enhancedCode[0] !== String(code)[0]) {
    throw badReply(`an enhanced status code of the class of ${code}`, enhancedCode);
  }
  const lines = typeof text === "string" ? [text] : text;
  if (lines.length === 0 || lines.length > maxLines) {
    throw badReply(`one to ${maxLines} lines of text`, `${lines.length}`);
  }
  const prefix = enhancedCode === undefined ? "" : `${enhancedCode} `;
  const formatted = lines.map((line, index) => {
    if (!/^[ -~\t]*$/.test(line)) {
      throw badReply("printable ASCII", quoted(line));
    }
    if (prefix === "" && /^\d/.test(line)) {
      // MTAs mistake a digit there for an enhanced code.
      throw badReply("text that begins with no digit, or an enhancedCode", quoted(line));
    }
    const separator = index < lines.length - 1 ? "-" : " ";
    const whole = `${code}${separator}${prefix}${line}`;
    if (whole.length > maxLineBytes) {
      throw badReply(`lines of at most ${maxLineBytes} octets`, `one of ${whole.length}`);
    }
    return whole;
  });
  return new SmtpReply(code >= 500, formatted.join("\r\n"));
}

function badReply(expected: string, actual: string): MilterError {
  return new MilterError("bad-reply", `expected ${expected}, got ${actual}`);
}
