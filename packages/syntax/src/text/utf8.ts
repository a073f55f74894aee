// Header text is kept as latin1 (one character is one byte) so that offsets in it are byte offsets.
// A value that may be internationalized (RFC 6532, 8616) is decoded as UTF-8 here.

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const CHUNK = 8192;

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

/** Decodes latin1 text as UTF-8; undefined if the bytes are not valid UTF-8. */
export function decodeUtf8Text(latin1: string): string | undefined {
  if (isAscii(latin1)) return latin1;
  const bytes = new Uint8Array(latin1.length);
  for (let index = 0; index < latin1.length; index++) {
    const code = latin1.charCodeAt(index);
    if (code > 0xff) return undefined;
    bytes[index] = code;
  }
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The UTF-8 bytes of a text as latin1, one character per byte. Lone surrogates become U+FFFD. */
export function encodeUtf8Text(text: string): string {
  if (isAscii(text)) return text;
  const bytes = encoder.encode(text);
  let latin1 = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    latin1 += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return latin1;
}
