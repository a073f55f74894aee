import { createHash } from "node:crypto";
import type { CopiedField, DkimSignature } from "@mailseal/syntax";
import type { Budget } from "../budget.ts";
import type { CauseCode, Step } from "../cause.ts";
import { titledName, usualName } from "./field-names.ts";
import { type HeaderModel, longestFieldBytes } from "./header-model.ts";
import { permutations } from "./permutations.ts";
import { changeOf, type FieldContext, type FieldValue } from "./values/field-value.ts";
import { otherFoldings } from "./values/folding.ts";
import { otherValues } from "./values/other-values.ts";
import { usualValues } from "./values/usual-values.ts";

/** Possible originals of all fields of one name. */
export interface Alternative {
  readonly key: string;
  /** Canonical texts, one for each time that h= names the key. */
  readonly texts: readonly string[];
  readonly step: Step;
}

interface Instances {
  /** From top to bottom, each with its line ending. */
  readonly instances: readonly string[];
  readonly step: Step;
}

/** More fields of one name are not tried one by one, because a hostile header may have thousands. */
const mostInstances = 40;
const mostPermuted = 4;

/** The possible originals of the fields of a name, without those that canonicalize to the received ones. */
export function* alternativesOf(
  key: string,
  model: HeaderModel,
  context: FieldContext,
  budget: Budget,
): Generator<Alternative> {
  const present = model.instancesOf(key);
  const seen = new Set([identityOf(model.textsOf(key, present))]);
  for (const { instances, step } of otherInstances(key, present, model, context)) {
    const texts = model.textsOf(key, instances);
    if (!budget.hasTime()) {
      return;
    }
    const identity = identityOf(texts);
    if (!seen.has(identity)) {
      seen.add(identity);
      yield { key, texts, step: { ...step, field: key } };
    }
  }
}

/** Long texts are remembered by their hash, because there may be thousands. */
function identityOf(texts: readonly string[]): string {
  const text = texts.join("\n");
  return text.length <= 200 ? text : createHash("sha256").update(text, "latin1").digest("base64");
}

function* otherInstances(
  key: string,
  present: readonly string[],
  model: HeaderModel,
  context: FieldContext,
): Generator<Instances> {
  const name = spelledName(key, model.signature);
  if (present.some((field) => field.length > longestFieldBytes) || present.length > mostInstances) {
    return;
  }
  yield* fromCopies(key, present, model.signature);
  for (const [index, field] of present.entries()) {
    const rest = present.filter((_, other) => other !== index);
    const where = present.length > 1 ? ` (number ${index + 1} of ${present.length})` : "";
    const detail = `the field ${name}${where} was added after signing`;
    yield {
      instances: rest,
      step: { code: "field-added", detail, changes: [{ received: field }] },
    };
  }
  yield* reordered(name, present);
  yield* respelled(key, name, present);
  yield* revalued(key, name, present, model, context);
  if (present.length < model.wanted(key)) {
    yield* restored(key, name, present, context);
  }
}

/** z= contains the fields as they were signed (RFC 6376 3.5). */
function* fromCopies(
  key: string,
  present: readonly string[],
  { copiedFields }: DkimSignature,
): Generator<Instances> {
  const copies = (copiedFields ?? []).filter(({ name }) => name.toLowerCase() === key).map(rawCopy);
  if (copies.length === 0) {
    return;
  }
  const [received, signed] = [present.join(""), copies.join("")];
  const code = changeOfCopies(present, copies);
  const detail = `the field ${key} differs from its copy in z=, which shows it as it was signed`;
  const step: Step = { code, detail, changes: changeOf(received, signed) };
  yield { instances: copies, step };
  yield { instances: copies.toReversed(), step };
  for (const [index] of present.entries()) {
    for (const copy of copies) {
      const mixed = present.map((field, other) => (other === index ? copy : field));
      yield { instances: mixed, step: { ...step, code: "field-edited" } };
    }
  }
}

function changeOfCopies(present: readonly string[], copies: readonly string[]): CauseCode {
  if (present.length !== copies.length) {
    return present.length > copies.length ? "field-added" : "field-removed";
  }
  if (present.length === 1 && isSameUnfolded(present[0] ?? "", copies[0] ?? "")) {
    return "field-refolded";
  }
  const same = new Set(copies.map(withoutSpaces));
  return present.length > 1 && present.every((field) => same.has(withoutSpaces(field)))
    ? "field-reordered"
    : "field-edited";
}

function withoutSpaces(field: string): string {
  return field.slice(field.indexOf(":")).replace(/\s+/g, "");
}

function rawCopy({ name, value }: CopiedField): string {
  return `${name}:${value.replace(/\r\n$/, "")}\r\n`;
}

function* reordered(name: string, present: readonly string[]): Generator<Instances> {
  if (present.length < 2) {
    return;
  }
  const orders =
    present.length <= mostPermuted
      ? permutations(present)
      : [present.toReversed(), [...present.slice(1), ...present.slice(0, 1)]];
  for (const instances of orders) {
    const changes = changeOf(present.join(""), instances.join(""));
    const detail = `the ${present.length} ${name} fields were put into another order`;
    yield { instances, step: { code: "field-reordered", detail, changes } };
  }
}

function* revalued(
  key: string,
  name: string,
  present: readonly string[],
  model: HeaderModel,
  context: FieldContext,
): Generator<Instances> {
  for (let index = present.length - 1; index >= 0; index--) {
    const field = present[index] ?? "";
    if (present.length - index > model.wanted(key)) {
      return;
    }
    const colon = field.indexOf(":");
    const value = field.slice(colon + 1).replace(/\r\n$/, "");
    for (const other of foldedToo(key, value, model, context)) {
      const before = `${field.slice(0, colon + 1)}${other.value}\r\n`;
      yield {
        instances: present.map((one, at) => (at === index ? before : one)),
        step: {
          code: isSameUnfolded(field, before) ? "field-refolded" : other.code,
          detail: `the field ${name} was altered: ${other.detail}`,
          changes: changeOf(field, before),
        },
      };
    }
  }
}

const mostFolded = 60;
const mostFoldings = 30;
/** Two changes are searched for only among the first alternatives, so the usual ones come first. */
const mostFirst = 10;

/** An edited field is often refolded as well, which matters with simple canonicalization only. */
function* foldedToo(
  key: string,
  value: string,
  model: HeaderModel,
  context: FieldContext,
): Generator<FieldValue> {
  const unfolded: FieldValue[] = [];
  if (model.mode === "simple") {
    yield* firstOf(otherFoldings(value, key.length), mostFirst);
  }
  for (const other of otherValues(key, value, context)) {
    yield other;
    if (model.mode === "simple" && other.code === "field-edited" && unfolded.length < mostFolded) {
      unfolded.push(other);
    }
  }
  for (const { value: text, code, detail } of unfolded) {
    for (const folded of firstOf(otherFoldings(text, key.length), mostFoldings)) {
      yield { value: folded.value, code, detail };
    }
  }
}

function* firstOf<Item>(items: Iterable<Item>, most: number): Generator<Item> {
  let count = 0;
  for (const item of items) {
    yield item;
    if (++count >= most) {
      return;
    }
  }
}

/** Whether two fields differ in folding and in runs of white space only. */
function isSameUnfolded(one: string, other: string): boolean {
  return one.replace(/\s+/g, " ") === other.replace(/\s+/g, " ");
}

/** Simple canonicalization signs the spelling of field names. */
function* respelled(key: string, name: string, present: readonly string[]): Generator<Instances> {
  const titled = titledName(key);
  for (const spelling of new Set([name, key, key.toUpperCase(), titled, usualName(key)])) {
    for (const [index, field] of present.entries()) {
      const before = spelling + field.slice(field.indexOf(":"));
      yield {
        instances: present.map((one, at) => (at === index ? before : one)),
        step: {
          code: "field-edited",
          detail: `the name of the field ${spelling} was spelled in another way`,
          changes: changeOf(field, before),
        },
      };
    }
  }
}

/** A missing field whose value can be guessed, or is kept in another field. */
function* restored(
  key: string,
  name: string,
  present: readonly string[],
  context: FieldContext,
): Generator<Instances> {
  const elsewhere = [
    `x-original-${key}`,
    ...(key === "reply-to" || key === "sender" ? ["from"] : []),
  ];
  const values = [
    ...(usualValues.get(key) ?? []),
    ...elsewhere.flatMap((other) => context.valuesOf(other)),
  ];
  for (const value of values) {
    const field = `${name}: ${value}\r\n`;
    const step: Step = {
      code: "field-removed",
      detail: `the field ${name} was removed`,
      changes: [{ signed: field }],
    };
    yield { instances: [...present, field], step };
    if (present.length > 0) {
      yield { instances: [field, ...present], step };
    }
  }
}

/** The name as the signer spelled it in h=. */
function spelledName(key: string, { signedFields, signedFieldNames }: DkimSignature): string {
  return signedFieldNames[signedFields.indexOf(key)] ?? key;
}
