import { Buffer } from "node:buffer";
import type { Reply } from "../reply.ts";

/** Longer than any real reply. It stops a server that never ends one. */
export const maximumReplyBytes: number = 64 * 1024;
const lineForm = /^([2-5]\d\d)(?:([ -])(.*))?$/s;
const enhancedForm = /^([245]\.\d{1,3}\.\d{1,3})(?: (.*))?$/s;

/** Reads replies from the bytes of a server, in pieces of any size. Throws if they are not SMTP replies. */
export class ReplyReader {
  #buffered = "";
  #lines: string[] = [];
  #bytes = 0;

  /** Yields each reply before it reads the next line, which may not be SMTP at all. */
  *push(chunk: Uint8Array): Generator<Reply> {
    // One character for each octet, so that a character of several may be cut anywhere.
    const lines = (this.#buffered + Buffer.from(chunk).toString("latin1")).split("\n");
    this.#buffered = lines.pop() ?? "";
    this.#bytes += chunk.length;
    for (const line of lines) {
      const reply = this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (reply !== undefined) {
        this.#bytes = this.#buffered.length;
        yield reply;
      }
    }
    if (this.#bytes > maximumReplyBytes) {
      throw new Error(`the reply is longer than ${maximumReplyBytes} octets`);
    }
  }

  #line(line: string): Reply | undefined {
    const match = lineForm.exec(line);
    if (match === null) {
      throw new Error(`expected an SMTP reply, got ${JSON.stringify(line.slice(0, 80))}`);
    }
    const [, code, separator, text = ""] = match;
    this.#lines.push(Buffer.from(text, "latin1").toString("utf8"));
    if (separator === "-") {
      return undefined;
    }
    const reply = replyOf(Number(code), this.#lines);
    this.#lines = [];
    return reply;
  }
}

function replyOf(code: number, lines: readonly string[]): Reply {
  const enhancedCode = enhancedForm.exec(lines[0] ?? "")?.[1];
  if (enhancedCode === undefined) {
    return { code, text: lines.join("\n") };
  }
  const text = lines.map(withoutEnhancedCode).join("\n");
  return { code, enhancedCode, text };
}

function withoutEnhancedCode(line: string): string {
  const match = enhancedForm.exec(line);
  return match === null ? line : (match[2] ?? "");
}
