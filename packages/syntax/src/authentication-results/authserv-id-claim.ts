import { toAsciiDomain } from "../address/domain-name.ts";
import { MailSyntaxError } from "../errors.ts";
import { CfwsScanner } from "../text/cfws-scanner.ts";
import { decodeUtf8Text, encodeUtf8Text } from "../text/utf8.ts";
import { parseAuthenticationResults } from "./authentication-results.ts";

/**
 * Returns a function that checks whether some reader could take the value of an Authentication-Results field,
 * latin1 and folded, for one of `authservId`. RFC 8601 defines one reading of a field, but programs in use
 * have others: they decode encoded words, trim any Unicode white space, skip unexpected text, drop comments
 * or join the text around them, and map names by IDNA. A field counts if any of these readings starts with
 * the id.
 *
 * Never throws for a value; linear.
 *
 * ```ts
 * const claims = authservIdClaim("mx.example.net");
 * claims(" mx.example.net; dkim=pass"); // true
 * ```
 *
 * @throws MailSyntaxError "invalid-option" for an empty id.
 */
export function authservIdClaim(authservId: string): (value: string) => boolean {
  const id = normalized(authservId).trim();
  const wanted = new Set([comparable(id), comparable(squeezed(id))]);
  wanted.delete("");
  if (wanted.size === 0) {
    throw new MailSyntaxError(
      "invalid-option",
      "expected an authserv-id such as mx.example.org, got none",
    );
  }
  const isOurs = (name: string): boolean => wanted.has(comparable(name));
  const begins = (text: string): boolean => {
    const { lead, bare } = leadOf(text);
    return (
      hidesItsId(text, lead) ||
      readings(text, bare).some(isOurs) ||
      (names(lead).some(isOurs) && !parseAuthenticationResults(encodeUtf8Text(text)).ok)
    );
  };
  return (value) =>
    texts(value).some((text) => [text, ...hiddenFields(text)].some((it) => begins(normalized(it))));
}

/**
 * The values of the fields that some readers see, because they end lines at characters that do not end a line
 * in SMTP.
 */
export function hiddenFields(text: string): string[] {
  return text
    .split(lineBreak)
    .slice(1)
    .flatMap((line) => /^authentication-results[ \t]*:([^]*)/i.exec(line)?.[1] ?? []);
}

const lineBreak = /\r(?!\n)|[\v\f\u001c-\u001e\u0085\u2028\u2029]/;

/** The octets decoded as UTF-8. If they are not valid UTF-8: decoded as readers do that replace, skip or guess. */
function texts(value: string): string[] {
  const text = decodeUtf8Text(value);
  return text === undefined
    ? [value, Buffer.from(value, "latin1").toString("utf8").replaceAll("\ufffd", "")]
    : [text];
}

/**
 * A normalized spelling: compatibility forms as their letters, without invisible characters, all white space
 * as spaces.
 */
function normalized(text: string): string {
  const spelled = /^[\t\n\r -~]*$/.test(text)
    ? text
    : text
        .normalize("NFKC")
        .replaceAll("\u3002", ".")
        .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu, "");
  return spelled.replaceAll(/[\p{White_Space}\p{Cc}]+/gu, " ");
}

/** The text before the first ";" that is not in a comment or a quoted string, with and without comments. */
function leadOf(text: string): { readonly lead: string; readonly bare: string } {
  let bare = "";
  let from = 0;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\\" && (quoted || depth > 0)) at++;
    else if (character === '"' && depth === 0) quoted = !quoted;
    else if (quoted) continue;
    else if (character === "(") {
      if (depth++ === 0) bare += text.slice(from, at);
    } else if (character === ")" && depth > 0) {
      if (--depth === 0) from = at + 1;
    } else if (character === ";" && depth === 0) {
      return { lead: text.slice(0, at), bare: bare + text.slice(from, at) };
    }
  }
  // A reader that looks for the end first does not see a comment without one.
  return { lead: text, bare: bare + text.slice(from) };
}

/**
 * Whether an encoded word (RFC 2047) is part of the id or precedes it. It does not belong there, and may
 * decode to anything in any charset that a reader knows.
 */
function hidesItsId(text: string, lead: string): boolean {
  if (!lead.includes("=?")) return false;
  const scanner = new CfwsScanner(text);
  scanner.skipCfws();
  const isRead = scanner.value() !== undefined && " (/".includes(text[scanner.at] ?? "=");
  return !isRead || text.slice(0, scanner.at).includes("=?");
}

/** The id as different readers see it. */
function readings(text: string, bare: string): string[] {
  const scanner = new CfwsScanner(text);
  scanner.skipCfws();
  const start = scanner.at;
  // Some readers join the parts of a name that are separated: "mx . example.org".
  const joined = bare.replaceAll(/ ?\. ?/g, ".");
  return [
    scanner.value() ?? "",
    leadingName(text.slice(start)),
    leadingName(joined),
    leadingName(percentDecoded(joined)),
    squeezed(bare),
  ];
}

/** The name after an unterminated quote or comment, or other junk. */
function leadingName(text: string): string {
  return /^[^\w.\-\u0080-\uffff;]*([\w.\-\u0080-\uffff]*)/.exec(text)?.[1] ?? "";
}

function names(text: string): readonly string[] {
  return text.match(/[\w.\-\u0080-\uffff]+/g) ?? [];
}

function squeezed(text: string): string {
  return text.replaceAll(/[\s"\\]+/g, "");
}

function percentDecoded(text: string): string {
  return text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function comparable(id: string): string {
  let end = id.length;
  while (id.endsWith(".", end)) end--;
  const trimmed = id.slice(0, end);
  return (trimmed.length > 253 ? undefined : toAsciiDomain(trimmed)) ?? trimmed.toLowerCase();
}
