import type { SignaturePlan } from "./plan.ts";
import { describeSignature, type MadeSignature } from "./signing-pass.ts";

/**
 * What only the thread that signed knows of a signature: the octets of its field among `fields`, h=,
 * t=. The rest its pool knows from the options, and copying between threads costs both of them.
 */
export type CarriedSignature = readonly [
  fieldLength: number,
  signedFields: string,
  timestamp: number | undefined,
];

export function carrySignature({
  field,
  signedFields,
  timestamp,
}: MadeSignature): CarriedSignature {
  return [field.length, signedFields.join(":"), timestamp];
}

/** The signatures as the thread made them; `plans` in the same order. */
export function reviveSignatures(
  carried: readonly CarriedSignature[],
  fields: string,
  plans: readonly SignaturePlan[],
): MadeSignature[] {
  let start = 0;
  return plans.map((plan, index) => {
    const [length, signedFields, timestamp] = carried[index] ?? [0, "", undefined];
    const field = fields.slice(start, start + length);
    start += length;
    return describeSignature(plan, signedFields.split(":"), timestamp, field);
  });
}
