import { printable } from "@mailseal/syntax";

/** The reply of an SMTP server to a command (RFC 5321 4.2, RFC 2034). */
export interface Reply {
  readonly code: number;
  /** As in "5.7.1"; absent if the server gives none. */
  readonly enhancedCode?: string;
  /** Lines without codes, joined by line feeds. */
  readonly text: string;
  /** The server that replied; absent if this program did. */
  readonly host?: string;
  /** The words of a server, if this reply is ours and refers to them. */
  readonly quoted?: { readonly host: string; readonly text: string };
}

/**
 * Whether the command succeeded: 2xx.
 *
 * ```ts
 * isPositive({ code: 250, text: "OK" }); // true
 * ```
 */
export function isPositive({ code }: Reply): boolean {
  return code >= 200 && code < 300;
}

/**
 * A refusal of our own.
 *
 * ```ts
 * refusal(550, "5.1.1", "no such user"); // { code: 550, enhancedCode: "5.1.1", text: "no such user" }
 * ```
 */
export function refusal(code: number, enhancedCode: string, text: string): Reply {
  return { code, enhancedCode, text };
}

/**
 * The reply to a client if something failed on our side.
 *
 * ```ts
 * replyLine(localError); // "451 4.3.0 local error, try again"
 * ```
 */
export const localError: Reply = refusal(451, "4.3.0", "local error, try again");

/**
 * The reply to a client for a next hop's reply: 421 concerns the next hop's connection, not the client's, and a code
 * that is neither success nor failure is replaced.
 *
 * ```ts
 * toClient({ code: 421, text: "too many connections" }).code; // 451
 * ```
 */
export function toClient(reply: Reply): Reply {
  if (isPositive(reply) || (reply.code >= 400 && reply.code !== 421)) {
    return reply;
  }
  return reply.code === 421
    ? { ...reply, code: 451 }
    : refusal(451, "4.5.0", `the next hop answered ${reply.code}`);
}

/**
 * One line for a log: `550 5.1.1 no such user`.
 *
 * ```ts
 * replyLine({ code: 550, enhancedCode: "5.1.1", text: "no such user" }); // "550 5.1.1 no such user"
 * ```
 */
export function replyLine({ code, enhancedCode, text }: Reply): string {
  const line = printable(text.replaceAll("\n", " "));
  return enhancedCode === undefined ? `${code} ${line}` : `${code} ${enhancedCode} ${line}`;
}

/**
 * The text that smtp-server sends after the code: each line begins with the enhanced code (RFC 2034 4).
 *
 * ```ts
 * replyText({ code: 250, text: "first\nsecond" }); // "2.0.0 first\n2.0.0 second"
 * ```
 */
export function replyText({ code, enhancedCode, text }: Reply): string {
  const prefix = enhancedCode ?? `${Math.floor(code / 100)}.0.0`;
  return text
    .split("\n")
    .map((line) => `${prefix} ${line}`)
    .join("\n");
}

/**
 * The form of a reply for the callbacks of smtp-server, which reads `responseCode` and `message`.
 *
 * ```ts
 * const server = new SMTPServer({
 *   onRcptTo: (_address, _session, callback) =>
 *     callback(new ReplyError(refusal(550, "5.1.1", "no such user"))),
 * });
 * ```
 */
export class ReplyError extends Error {
  readonly responseCode: number;

  constructor(reply: Reply) {
    super(replyText(reply));
    this.name = "ReplyError";
    this.responseCode = reply.code;
  }
}
