import type { Canonicalization, HeaderField, Message } from "@mailseal/syntax";
import type { ByteSink } from "./byte-sink.ts";
import { canonicalizeField, canonicalizeSignatureField } from "./header-field.ts";

/** A DKIM-Signature field as bytes, and the position of the value of its b= tag. */
export interface SignatureFieldBytes {
  /** The bytes that contain the field. */
  readonly bytes: Uint8Array;
  /** Where its name begins. */
  readonly start: number;
  /** Where it ends, without its line ending or with it. */
  readonly end: number;
  /** Where the value of b= begins. */
  readonly valueStart: number;
  /** Where the value of b= ends. */
  readonly valueEnd: number;
}

/**
 * The fields that h= names, in its order. A repeated name selects the next instance upwards; a name without a
 * further instance selects nothing (RFC 6376 5.4.2). Names are lower case.
 *
 * `own` is the signature that is being verified. A DKIM-Signature in h= refers to another one (5.4), so `own` is
 * skipped.
 *
 * ```ts
 * const message = splitMessage(Buffer.from("From: ada@example.com\r\nSubject: Lunch\r\n\r\n"));
 * selectSignedFields(message, ["from", "subject", "subject"]).length; // 2: the third name asserts absence
 * ```
 */
export function selectSignedFields(
  message: Message,
  names: readonly string[],
  own?: HeaderField,
): HeaderField[] {
  const selected: HeaderField[] = [];
  const used = new Map<string, number>();
  const others =
    own !== undefined && names.includes(own.key)
      ? message.byKey.get(own.key)?.filter((field) => field !== own)
      : undefined;
  for (const name of names) {
    const instances = name === own?.key ? others : message.byKey.get(name);
    if (instances !== undefined) {
      const count = used.get(name) ?? 0;
      const field = instances[instances.length - 1 - count];
      if (field !== undefined) {
        selected.push(field);
        used.set(name, count + 1);
      }
    }
  }
  return selected;
}

/**
 * Writes the text that a DKIM signature signs (RFC 6376 3.7): the selected fields, then the signature field itself
 * without the value of b= and without its line ending.
 *
 * ```ts
 * const bytes = Buffer.from("DKIM-Signature: a=rsa-sha256; b=");
 * const end = bytes.length;
 * const signature = { bytes, start: 0, end, valueStart: end, valueEnd: end };
 * const sink = new ByteSink();
 * writeSignedText(sink, message, selectSignedFields(message, ["from"]), signature, "relaxed");
 * const text = sink.bytes(); // what sign() of @mailseal/crypto takes
 * ```
 */
export function writeSignedText(
  sink: ByteSink,
  message: Message,
  fields: readonly HeaderField[],
  signature: SignatureFieldBytes,
  mode: Canonicalization,
): void {
  for (const { start, end } of fields) {
    canonicalizeField(message.bytes, start, end, mode, sink);
  }
  const { bytes, start, end, valueStart, valueEnd } = signature;
  canonicalizeSignatureField(bytes, start, end, valueStart, valueEnd, mode, sink);
}
