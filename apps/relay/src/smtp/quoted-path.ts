/** RFC 5321 4.1.2 Quoted-string, and RFC 6531 3.3: what follows a backslash is ASCII that can be printed. */
const quotedPath =
  /^([^:]*:\s*<(?:@[^\s,:@"<>]+(?:,@[^\s,:@"<>]+)*:)?)("(?:[ !#-[\]-~\u00A0-\u{10FFFF}]|\\[ -~])*")(@[^\s"<>@]*>.*)$/su;
/** What is in no atom (RFC 5321 4.1.2). smtp-server looks for white space, "@" and angle brackets. */
const noAtom = /["\\()[\],;:]/;
const unquotedPath = /^[^:]*:\s*<(?:@[^\s,:@]+(?:,@[^\s,:@]+)*:)?([^@>]*)/;
/** Not to be seen in any name. */
const invisible = /[\u200B\u2060\uFEFF]/;

/** A MAIL or RCPT command that any parser understands. */
export interface PlainPath {
  /** Undefined: the local part is none. */
  readonly command: string | undefined;
  /** In the place of the one in `command`, which is as long. */
  readonly localPart?: string;
}

/** Puts a plain local part in the place of one in quotes, which may hold spaces, "@" and ">". Linear. */
export function plainPath(command: string): PlainPath {
  const quoted = quotedPath.exec(command);
  if (quoted !== null) {
    const [, before = "", localPart = "", after = ""] = quoted;
    return invisible.test(localPart)
      ? { command: undefined }
      : { command: before + "q".repeat(localPart.length) + after, localPart };
  }
  const [, localPart = ""] = unquotedPath.exec(command) ?? [];
  return { command: noAtom.test(localPart) ? undefined : command };
}
