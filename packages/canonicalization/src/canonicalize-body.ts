import type { Canonicalization } from "@mailseal/syntax";
import { BodyCanonicalizer } from "./body-canonicalizer.ts";
import { ByteSink } from "./byte-sink.ts";

/** The canonical form of a body, for tools and explanations: hashing it needs no such copy. */
export function canonicalizeBody(body: Uint8Array, mode: Canonicalization): Uint8Array {
  const sink = new ByteSink();
  const canonicalizer = new BodyCanonicalizer(mode, (bytes, start, end) => {
    sink.write(bytes, start, end);
  });
  canonicalizer.write(body);
  canonicalizer.finish();
  return sink.bytes();
}
