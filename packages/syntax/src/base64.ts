const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 64;
const WHITE_SPACE = 65;
const ILLEGAL = 66;

const valueOf = new Uint8Array(128).fill(ILLEGAL);
for (let value = 0; value < DIGITS.length; value++) valueOf[DIGITS.charCodeAt(value)] = value;
valueOf["=".charCodeAt(0)] = PAD;
for (const white of " \t\r\n") valueOf[white.charCodeAt(0)] = WHITE_SPACE;

/**
 * Decodes base64string (RFC 6376 2.10): canonical base64 with white space allowed between any two
 * characters. The empty text is no bytes.
 *
 * Undefined where an encoder could not have written it: an illegal character, padding that is
 * missing, misplaced or superfluous, anything after the padding, or bits set that no byte uses. Two
 * spellings of one signature would otherwise be two different messages with the same verdict.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let written = 0;
  let index = 0;
  for (;;) {
    // Whole groups between two pieces of white space: nearly all there is.
    for (; index + 3 < text.length; index += 4) {
      const a = digitValue(text, index);
      const b = digitValue(text, index + 1);
      const c = digitValue(text, index + 2);
      const d = digitValue(text, index + 3);
      if ((a | b | c | d) >= PAD) break;
      const group = (a << 18) | (b << 12) | (c << 6) | d;
      bytes[written++] = group >> 16;
      bytes[written++] = group >> 8;
      bytes[written++] = group;
    }
    let group = 0;
    let digits = 0;
    for (; index < text.length && digits < 4; index++) {
      const value = digitValue(text, index);
      if (value < PAD) {
        group = (group << 6) | value;
        digits++;
      } else if (value === PAD) break;
      else if (value !== WHITE_SPACE) return undefined;
    }
    if (digits < 4) {
      if (!isCanonicalEnd(group, digits, countPadding(text, index))) return undefined;
      if (digits > 1) bytes[written++] = digits === 2 ? group >> 4 : group >> 10;
      if (digits > 2) bytes[written++] = group >> 2;
      return written === bytes.length ? bytes : bytes.subarray(0, written);
    }
    bytes[written++] = group >> 16;
    bytes[written++] = group >> 8;
    bytes[written++] = group;
  }
}

function digitValue(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 128 ? (valueOf[code] ?? ILLEGAL) : ILLEGAL;
}

/** The padding that completes the last group, and no bits that no byte uses. */
function isCanonicalEnd(group: number, digits: number, padding: number): boolean {
  if (digits === 0) return padding === 0;
  if (digits === 2) return padding === 2 && (group & 0x0f) === 0;
  return digits === 3 && padding === 1 && (group & 0x03) === 0;
}

function countPadding(text: string, from: number): number {
  let count = 0;
  for (let index = from; index < text.length; index++) {
    const value = digitValue(text, index);
    if (value === PAD) count++;
    else if (value !== WHITE_SPACE) return -1;
  }
  return count;
}

/** Canonical base64 on one line. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  let index = 0;
  for (; index + 2 < bytes.length; index += 3) {
    const group =
      (octet(bytes, index) << 16) | (octet(bytes, index + 1) << 8) | octet(bytes, index + 2);
    text += digit(group >> 18) + digit(group >> 12) + digit(group >> 6) + digit(group);
  }
  const left = bytes.length - index;
  if (left === 1) {
    const group = octet(bytes, index) << 4;
    text += `${digit(group >> 6)}${digit(group)}==`;
  } else if (left === 2) {
    const group = (octet(bytes, index) << 10) | (octet(bytes, index + 1) << 2);
    text += `${digit(group >> 12)}${digit(group >> 6)}${digit(group)}=`;
  }
  return text;
}

function octet(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function digit(bits: number): string {
  return DIGITS.charAt(bits & 0x3f);
}
