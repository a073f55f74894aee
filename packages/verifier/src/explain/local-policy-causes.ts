import { canonicalizeBody, selectSignedFields } from "@mailseal/canonicalization";
import { type DkimSignature, fieldText, type Message } from "@mailseal/syntax";
import type { Verdict } from "../verdict.ts";
import type { Cause } from "./cause.ts";
import { latin1 } from "./header/header-model.ts";
import { parameter } from "./mime/mime-tree.ts";

const matches = "body hash and signature match";

/** The causes of a verdict in which the signature matches, but local policy does not accept it. */
export function localPolicyCauses(
  verdict: Verdict,
  message: Message,
  signature: DkimSignature,
): readonly Cause[] {
  const { code, reason } = verdict;
  const cause: Cause = { code: "policy", evidence: matches, detail: reason };
  switch (code) {
    case "expired":
      return [{ code: "expired", evidence: `x=${signature.expiration}`, detail: reason }];
    case "duplicate-field":
    case "several-from":
      return [...unsignedCopies(message, signature), cause];
    case "body-unsigned":
    case "body-length-exceeds-body":
      return verdict.unsignedBodyBytes > 0 && isWholeBody(message, signature)
        ? [appendedBehindLength(verdict, signature), cause]
        : [cause];
    default:
      return [cause];
  }
}

/** More instances of a signed field, which the signature does not cover. */
function unsignedCopies(message: Message, signature: DkimSignature): readonly Cause[] {
  const signed = new Set(selectSignedFields(message, signature.signedFields));
  const causes: Cause[] = [];
  for (const key of new Set(signature.signedFields)) {
    const instances = message.byKey.get(key) ?? [];
    const unsigned = instances.filter((field) => !signed.has(field));
    const [first] = unsigned;
    if (first !== undefined && unsigned.length < instances.length) {
      const received = latin1(message.bytes.subarray(first.start, first.end)).slice(0, 1000);
      causes.push({
        code: "field-added",
        field: key,
        evidence: `${matches} without it: h= covers another ${key} field`,
        detail: `the message has ${unsigned.length} more ${key} ${unsigned.length === 1 ? "field" : "fields"} that the signature does not cover`,
        changes: [{ received }],
      });
    }
  }
  return causes.slice(0, 5);
}

/** Whether the first l= octets look like a complete body; if not, the signer itself left the rest unsigned. */
function isWholeBody(
  message: Message,
  { bodyLength = 0, bodyCanonicalization }: DkimSignature,
): boolean {
  const body = latin1(
    canonicalizeBody(message.bytes.subarray(message.bodyStart), bodyCanonicalization),
  );
  const [covered, rest] = [body.slice(0, bodyLength), body.slice(bodyLength)];
  const [contentType] = message.byKey.get("content-type") ?? [];
  const boundary =
    contentType === undefined ? "" : parameter(fieldText(message, contentType), "boundary");
  return (
    covered.endsWith("\r\n") &&
    (boundary === "" || covered.includes(`--${boundary}--`)) &&
    (covered.includes("</html") || !rest.includes("</html"))
  );
}

function appendedBehindLength(verdict: Verdict, signature: DkimSignature): Cause {
  return {
    code: "body-appended",
    evidence: `${matches} for the first l=${signature.bodyLength} octets`,
    detail: `${verdict.unsignedBodyBytes} octets follow the signed part of the body`,
  };
}
