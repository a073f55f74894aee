import type { Canonicalization, HeaderField, Message } from "@mailseal/syntax";
import type { ByteSink } from "./byte-sink.ts";
import { canonicalizeField, canonicalizeSignatureField } from "./header-field.ts";

/** A DKIM-Signature field as bytes, and the position of the value of its b= tag. */
export interface SignatureFieldBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/**
 * The fields that h= names, in its order. A repeated name selects the next instance upwards; a name without a
 * further instance selects nothing (RFC 6376 5.4.2). Names are lower case.
 *
 * `own` is the signature that is being verified. A DKIM-Signature in h= refers to another one (5.4), so `own` is
 * skipped.
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
