import type { CandidateSignature } from "./candidate-signature.ts";

const shortest = 8;

/**
 * The beginning of each b=, long enough to tell the signatures of a message apart: header.b of
 * RFC 6008 4. Undefined for a field that could not be read.
 */
export function signatureStarts(
  candidates: readonly CandidateSignature[],
): readonly (string | undefined)[] {
  const values = candidates.map((candidate) =>
    candidate.ok ? Buffer.from(candidate.signature.signature).toString("base64") : undefined,
  );
  const distinct = [...new Set(values)].filter((value) => value !== undefined);
  let length = shortest;
  while (
    length < 64 &&
    new Set(distinct.map((value) => value.slice(0, length))).size < distinct.length
  ) {
    length += shortest;
  }
  return values.map((value) => value?.slice(0, length));
}
