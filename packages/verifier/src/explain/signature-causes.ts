import { hashBody } from "@mailseal/canonicalization";
import { type DkimSignature, fieldText, type HeaderField, type Message } from "@mailseal/syntax";
import { readSignature, type ReadSignature } from "../candidate-signature.ts";
import { chooseKeys } from "../key-choice.ts";
import { toLocalPolicy } from "../options.ts";
import type { Verdict } from "../verdict.ts";
import {
  bodyCauses,
  type BodyFinding,
  type BodyProof,
  boundOf,
  findBody,
} from "./body/body-causes.ts";
import type { Cause, CauseCode, Step } from "./cause.ts";
import { HeaderModel } from "./header/header-model.ts";
import { type HeaderFinding, otherCanonicalization, searchHeader } from "./header/header-search.ts";
import { HeaderTest } from "./header/header-test.ts";
import type { FieldContext } from "./header/values/field-value.ts";
import { keyCause } from "./key/key-causes.ts";
import { type KeyContext, otherKey, wrongKeyCause } from "./key/other-keys.ts";
import { localPolicyCauses } from "./local-policy-causes.ts";
import { parameter, readMimeTree } from "./mime/mime-tree.ts";

/** State that the signatures of one message share. */
export interface ExplainContext extends KeyContext {
  /** Latin1. */
  readonly body: string;
  readonly bodies: Map<string, BodyFinding>;
  /** Results by canonicalization and h=, including failures: the next signature over the same fields needs one test. */
  readonly headers: Map<string, HeaderFinding | undefined>;
}

const unaltered: HeaderFinding = { steps: [], replaced: new Map() };

/** Shares of the remaining budget, so that neither the body nor one of several signatures uses all of it. */
const bodyShare = 0.5;
const headerShare = 0.85;
/** If h= names more fields, they are not searched one by one. */
const mostSignedFields = 200;

/** The causes of one verdict. */
export async function explainSignature(
  verdict: Verdict,
  field: HeaderField,
  context: ExplainContext,
): Promise<readonly Cause[]> {
  const read = readSignature(context.message, field);
  if (!read.ok) {
    return [malformed(verdict)];
  }
  if (verdict.signature === "match") {
    // The header is unaltered, so another signature over the same fields fails for reasons of its own.
    context.headers.set(identityOf(read.signature), unaltered);
  }
  if (verdict.result === "pass") {
    return [];
  }
  if (verdict.bodyHash === "match" && verdict.signature === "match") {
    return localPolicyCauses(verdict, context.message, read.signature);
  }
  const { signature, algorithm } = read;
  const choice = chooseKeys(
    await context.keys.find(signature.selector, signature.domain),
    signature,
    algorithm,
  );
  if (!choice.ok) {
    const cause = await keyCause(choice.code, choice.reason, context.options.keys, signature);
    const other = choice.code === "no-key" ? await otherKey(verdict, read, context) : [];
    const keyTrouble = [...other, ...(cause === undefined ? [malformed(verdict)] : [cause])];
    const body = findBodyOf(verdict, read, context, undefined);
    return undeterminedLast([...explainBody(body, undefined, read, context), ...keyTrouble]);
  }
  const keys = choice.keys.map(({ publicKey }) => publicKey);
  const test = new HeaderTest(algorithm, keys, signature.signature, context.budget);
  const isHeaderAltered = verdict.signature !== "match";
  const model = new HeaderModel(context.message, field, signature);
  // With Ed25519, another matching key takes fewer verifications to find than an altered field.
  const other =
    isHeaderAltered && test.keyFits !== true ? await otherKey(verdict, read, context) : [];
  const mayBeFound = isHeaderAltered && test.keyFits !== false && other.length === 0;
  const wrong = mayBeFound ? otherCanonicalization(model, test) : undefined;
  const share = isHeaderAltered ? bodyShare : 1;
  const body = context.budget.share(share, () => findBodyOf(verdict, read, context, wrong));
  const header = wrong ?? (mayBeFound ? searchFields(model, test, context) : undefined);
  return undeterminedLast([
    ...explainBody(body, isHeaderAltered ? header : unaltered, read, context),
    ...(isHeaderAltered ? headerCauses(verdict, test, header, other, context) : []),
  ]);
}

function undeterminedLast(causes: readonly Cause[]): readonly Cause[] {
  const determined = causes.filter(({ code }) => code !== "not-determined");
  return [...determined, ...causes.filter(({ code }) => code === "not-determined")];
}

function malformed({ code, reason }: Verdict): Cause {
  return { code: "not-determined", field: "dkim-signature", evidence: code, detail: reason };
}

function findBodyOf(
  verdict: Verdict,
  { signature, algorithm }: ReadSignature,
  context: ExplainContext,
  header: HeaderFinding | undefined,
): BodyFinding | undefined {
  if (verdict.bodyHash !== "mismatch") {
    return undefined;
  }
  const { message, body, budget } = context;
  const canonicalization = header?.bodyCanonicalization ?? signature.bodyCanonicalization;
  const contentType = valuesOf(message, "content-type")[0] ?? "";
  const copies = (signature.copiedFields ?? []).filter(
    ({ name }) => name.toLowerCase() === "content-type",
  );
  const boundaries = [contentType, ...copies.map(({ value }) => value)].map((value) =>
    parameter(value, "boundary"),
  );
  const bodyContext = {
    contentType,
    encoding: valuesOf(message, "content-transfer-encoding")[0] ?? "",
    boundaries: [...new Set(boundaries)].filter((boundary) => boundary !== ""),
  };
  return findBody(
    body,
    bodyContext,
    signature,
    algorithm,
    canonicalization,
    budget,
    context.bodies,
  );
}

/** A header that is proven to be as signed also proves the body hash in it. */
function explainBody(
  finding: BodyFinding | undefined,
  header: HeaderFinding | undefined,
  { signature, algorithm }: ReadSignature,
  { message, body, budget }: ExplainContext,
): readonly Cause[] {
  if (finding === undefined) {
    return [];
  }
  const { canonicalBytes } = hashBody(Buffer.from(body, "latin1"), {
    canonicalization: signature.bodyCanonicalization,
    hash: algorithm.hash,
  });
  const isTypeSigned =
    signature.signedFields.includes("content-type") &&
    header?.steps.every(({ field }) => field !== "content-type") === true;
  const contentType = valuesOf(message, "content-type")[0] ?? "";
  const outermost = isTypeSigned ? readMimeTree(body, contentType, "").multiparts[0] : undefined;
  const isUnclosed =
    outermost !== undefined &&
    outermost.delimiters.length > 0 &&
    !body.includes(`--${outermost.boundary}--`);
  const proof: BodyProof = {
    signature,
    header: header === undefined ? "unproven" : "proven",
    bodyBytes: canonicalBytes,
    end: isUnclosed ? "unclosed" : "closed",
  };
  return bodyCauses(finding, proof, budget);
}

/** Signatures with the same identity cover the same text, except for their own fields. */
function identityOf({ headerCanonicalization, signedFields, copiedFields }: DkimSignature): string {
  return [headerCanonicalization, copiedFields?.length, ...signedFields].join(":");
}

function searchFields(
  model: HeaderModel,
  test: HeaderTest,
  { message, body, budget, headers }: ExplainContext,
): HeaderFinding | undefined {
  const { signature } = model;
  if (signature.signedFields.length > mostSignedFields) {
    return undefined;
  }
  const identity = [model.mode, ...signature.signedFields, signature.copiedFields?.length].join(
    ":",
  );
  const known = headers.get(identity);
  if (headers.has(identity)) {
    return known?.replaced !== undefined && test.matches(model.signedText(known.replaced))
      ? known
      : undefined;
  }
  const fieldContext: FieldContext = {
    valuesOf: (key) => valuesOf(message, key),
    timestamp: signature.timestamp,
    boundaries: boundariesIn(body),
  };
  const found = budget.share(headerShare, () => searchHeader(model, fieldContext, test, budget));
  headers.set(identity, found);
  return found;
}

function headerCauses(
  verdict: Verdict,
  test: HeaderTest,
  finding: HeaderFinding | undefined,
  other: readonly Cause[],
  context: ExplainContext,
): readonly Cause[] {
  if (finding !== undefined) {
    const evidence = `with this change undone, ${test.proof}`;
    return finding.steps
      .toSorted((one, another) => rankOf(one) - rankOf(another))
      .map((step) => Object.assign({}, step, { evidence }));
  }
  if (other.length > 0) {
    return other;
  }
  if (test.keyFits === false) {
    return [wrongKeyCause(verdict, toLocalPolicy(context.options).now, undefined)];
  }
  const body = verdict.bodyHash === "match" ? "the body is as it was signed, so " : "";
  const what =
    test.keyFits === true
      ? `${body}a signed header field was changed, added or removed`
      : `${body}a signed header field was changed, added or removed, or another key made the signature`;
  return [
    {
      code: "not-determined",
      evidence: `no change that was undone restores the signed header${boundOf(context.budget)}`,
      detail: what,
    },
  ];
}

/** The most telling causes come first: a new value, then a new field, then the same text refolded. */
const bySpecificity: readonly CauseCode[] = [
  "field-edited",
  "field-removed",
  "field-reordered",
  "field-added",
  "field-refolded",
];

function rankOf({ code }: Step): number {
  return bySpecificity.indexOf(code);
}

function valuesOf(message: Message, key: string): readonly string[] {
  return (message.byKey.get(key) ?? []).slice(0, 10).map((field) =>
    // Latin1, like all text that is compared with signed bytes.
    Buffer.from(fieldText(message, field), "utf8").toString("latin1"),
  );
}

/** Lines that look like a boundary at the start or end of a body. */
function boundariesIn(body: string): readonly string[] {
  const first = /(?:^|\r\n)--([^\r\n]{1,200}?)[ \t]*\r\n/.exec(body.slice(0, 20_000))?.[1];
  const last = /\r\n--([^\r\n]{1,200})--[ \t]*(?:\r\n)*$/.exec(body.slice(-2000))?.[1];
  return [...new Set([last, first])].filter((boundary) => boundary !== undefined);
}
