import type { Canonicalization, HeaderField, Message } from "@mailseal/syntax";
import type { ByteSink } from "./byte-sink.ts";
import { canonicalizeField, canonicalizeSignatureField } from "./header-field.ts";

/** A DKIM-Signature field as bytes, and where in them the value of its b= tag stands. */
export interface SignatureFieldBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/**
 * The fields that h= names, in its order. A name that comes again means the next instance upwards;
 * one for which no instance is left stands for nothing (RFC 6376 5.4.2). Names are lower case.
 *
 * `own` is the signature that is verified: a DKIM-Signature in h= is another one (5.4), and so `own`
 * is passed over.
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
 * Writes what a DKIM signature signs (RFC 6376 3.7): the selected fields, then the signature field
 * itself with the value of b= left out and without its line ending.
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
