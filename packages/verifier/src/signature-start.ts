import { encodeBase64 } from "@mailseal/syntax";
import type { CandidateSignature } from "./candidate-signature.ts";

const shortest = 8;
const longest = 64;
/** The octets that `longest` characters of base64 encode. */
const longestOctets = 48;

/**
 * The beginning of each b=, long enough to distinguish the signatures of a message: header.b of
 * RFC 6008 4. Undefined for a field that could not be read.
 */
export function signatureStarts(
  candidates: readonly CandidateSignature[],
): readonly (string | undefined)[] {
  const values = candidates.map((candidate) =>
    candidate.ok
      ? encodeBase64(candidate.signature.signature.subarray(0, longestOctets))
      : undefined,
  );
  if (values.length === 1) {
    return [values[0]?.slice(0, shortest)];
  }
  const distinct = [...new Set(values)].filter((value) => value !== undefined);
  let length = shortest;
  while (
    length < longest &&
    new Set(distinct.map((value) => value.slice(0, length))).size < distinct.length
  ) {
    length += shortest;
  }
  return values.map((value) => value?.slice(0, length));
}
