import type { LineEndingRepairs } from "@mailseal/syntax";
import type { SignaturePlan } from "./plan.ts";
import { type SignedMessage, signedMessage } from "./signer.ts";
import { describeSignature } from "./signing-pass.ts";

/**
 * The result that a thread sends to its pool: the number of its signer, the message, its new fields, its repairs, and
 * for each signature the octets of its field, h= and t=. The pool knows the rest from the options. It is one flat list because copying
 * objects between threads is expensive for both threads.
 */
export type CarriedMessage = readonly [
  signer: number,
  message: Uint8Array,
  fields: string,
  repairs: LineEndingRepairs | undefined,
  ...signatures: (string | number | undefined)[],
];

const itemsBefore = 4;
const itemsEach = 3;

export function carryMessage(signer: number, signed: SignedMessage): CarriedMessage {
  const { message, fields, repairs, signatures } = signed;
  const each: (string | number | undefined)[] = [];
  for (const { field, signedFields, timestamp } of signatures) {
    each.push(field.length, signedFields.join(":"), timestamp);
  }
  return [signer, message, fields, repairs, ...each];
}

/** Restores the results of one signer; `plans` in the same order as in the threads. */
export function messageReviver(
  plans: readonly SignaturePlan[],
): (carried: CarriedMessage) => SignedMessage {
  // Most messages of a sender have the same fields, so their names are split once.
  let lastList = "";
  let lastNames: readonly string[] = [];
  const namesIn = (list: string): readonly string[] => {
    if (list !== lastList) {
      lastList = list;
      lastNames = Object.freeze(list.split(":"));
    }
    return lastNames;
  };
  return (carried) => {
    const [, message, fields, repairs] = carried;
    let start = 0;
    const signatures = plans.map((plan, index) => {
      const at = itemsBefore + itemsEach * index;
      const end = start + Number(carried[at]);
      const names = namesIn(String(carried[at + 1]));
      const timestamp = carried[at + 2] as number | undefined;
      const field = fields.slice(start, end);
      start = end;
      return describeSignature(plan, names, timestamp, field);
    });
    return signedMessage(fields, signatures, message, repairs);
  };
}
