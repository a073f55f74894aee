import type { Canonicalization } from "@mailseal/syntax";

/**
 * The rules of RFC 6376 3.4 read aloud, on latin1 text, slow and without state: what the package's
 * state machine is compared with.
 */
export function referenceBody(body: string, mode: Canonicalization): string {
  // "If there is no trailing CRLF on the message body, a CRLF is added."
  const lines = body.split("\r\n");
  if (lines.at(-1) === "") {
    lines.pop();
  }
  const canonical =
    mode === "simple"
      ? lines
      : lines.map((line) => line.replaceAll(/[\t ]+/g, " ").replace(/ $/, ""));
  while (canonical.at(-1) === "") {
    canonical.pop();
  }
  if (canonical.length === 0) {
    return mode === "simple" ? "\r\n" : "";
  }
  return canonical.map((line) => `${line}\r\n`).join("");
}

export function referenceField(field: string, mode: Canonicalization): string {
  const lines = field.replace(/\r?\n$/, "").replaceAll(/\r?\n/g, "\r\n");
  if (mode === "simple") {
    return `${lines}\r\n`;
  }
  const colon = lines.indexOf(":");
  const name = lines.slice(0, colon).toLowerCase().replaceAll(/[\t ]/g, "");
  const value = lines
    .slice(colon + 1)
    .replaceAll("\r\n", "")
    .replaceAll(/[\t ]+/g, " ")
    .replaceAll(/^ | $/g, "");
  return `${name}:${value}\r\n`;
}
