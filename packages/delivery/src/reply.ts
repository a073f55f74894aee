import { printable } from "@mailseal/syntax";

/** What an SMTP server says to a command (RFC 5321 4.2, RFC 2034). */
export interface Reply {
  readonly code: number;
  /** As in "5.7.1"; absent where the server gives none. */
  readonly enhancedCode?: string;
  /** Lines without codes, joined by line feeds. */
  readonly text: string;
  /** The server that said so; absent: this program did. */
  readonly host?: string;
  /** What a server said, in its words, where this reply is ours and about that. */
  readonly quoted?: { readonly host: string; readonly text: string };
}

/** Whether the command was done: 2xx. */
export function isPositive({ code }: Reply): boolean {
  return code >= 200 && code < 300;
}

/** A refusal of our own. */
export function refusal(code: number, enhancedCode: string, text: string): Reply {
  return { code, enhancedCode, text };
}

/** The reply to a client if something failed on our side. */
export const localError: Reply = refusal(451, "4.3.0", "local error, try again");

/**
 * A next hop's reply as a client may be told it: 421 is about the next hop's connection, not the client's,
 * and what is neither a success nor a refusal is no answer.
 */
export function toClient(reply: Reply): Reply {
  if (isPositive(reply) || (reply.code >= 400 && reply.code !== 421)) {
    return reply;
  }
  return reply.code === 421
    ? { ...reply, code: 451 }
    : refusal(451, "4.5.0", `the next hop answered ${reply.code}`);
}

/** One line for a log: `550 5.1.1 no such user`. */
export function replyLine({ code, enhancedCode, text }: Reply): string {
  const line = printable(text.replaceAll("\n", " "));
  return enhancedCode === undefined ? `${code} ${line}` : `${code} ${enhancedCode} ${line}`;
}

/** What smtp-server sends after the code: each line with the enhanced code, as RFC 2034 wants. */
export function replyText({ code, enhancedCode, text }: Reply): string {
  const prefix = enhancedCode ?? `${Math.floor(code / 100)}.0.0`;
  return text
    .split("\n")
    .map((line) => `${prefix} ${line}`)
    .join("\n");
}

/** For smtp-server's callbacks: it reads the code from `responseCode` and the lines from `message`. */
export class ReplyError extends Error {
  readonly responseCode: number;

  constructor(reply: Reply) {
    super(replyText(reply));
    this.name = "ReplyError";
    this.responseCode = reply.code;
  }
}
