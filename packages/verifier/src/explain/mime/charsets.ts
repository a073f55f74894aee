const windows1252High = decodeAll(
  Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index),
  "windows-1252",
);

/** Decodes bytes, held as latin1, in a charset; undefined if they are not valid in it. */
export function decodeCharset(bytes: string, charset: string): string | undefined {
  try {
    return decodeAll(Buffer.from(bytes, "latin1"), charset || "us-ascii");
  } catch {
    return undefined;
  }
}

/** Decodes as a stream of one piece, because Node 20.19 and 22.13 read whole windows-1252 texts as latin1. */
function decodeAll(bytes: Uint8Array, charset: string): string {
  const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true });
  return decoder.decode(bytes, { stream: true }) + decoder.decode();
}

/** Encodes a text in a charset as bytes, held as latin1; undefined if the charset lacks a character. */
export function encodeCharset(text: string, charset: string): string | undefined {
  switch (charset.toLowerCase()) {
    case "utf-8":
      return Buffer.from(text, "utf8").toString("latin1");
    case "iso-8859-1":
      return /^[\0-\u00ff]*$/.test(text) ? text : undefined;
    case "us-ascii":
      return /^[\0-\u007f]*$/.test(text) ? text : undefined;
    case "windows-1252":
      return encodeWindows1252(text);
    default:
      return undefined;
  }
}

function encodeWindows1252(text: string): string | undefined {
  let bytes = "";
  for (const character of text) {
    const high = windows1252High.indexOf(character);
    if (high >= 0) {
      bytes += String.fromCharCode(0x80 + high);
    } else if (character.length === 1 && character <= "\u00ff") {
      bytes += character;
    } else {
      return undefined;
    }
  }
  return bytes;
}

/** Charset labels as programs write them, the most common first. */
export const charsetLabels: readonly string[] = [
  "utf-8",
  "UTF-8",
  "iso-8859-1",
  "ISO-8859-1",
  "windows-1252",
  "Windows-1252",
  "us-ascii",
  "US-ASCII",
];
