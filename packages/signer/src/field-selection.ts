import { quoted } from "@mailseal/errors";
import type { HeaderField, Message } from "@mailseal/syntax";
import { SigningError } from "./errors.ts";
import type { SignatureOptions } from "./options.ts";
import { defaultFieldPreset, type FieldPresetName, fieldPresets } from "./signed-fields.ts";

interface NamedField {
  readonly name: string;
  readonly key: string;
}

interface WantedField extends NamedField {
  readonly instances: "one" | "all";
  readonly whenAbsent: "assert" | "omit";
}

interface OversignedField extends NamedField {
  readonly whenAbsent: "assert" | "omit";
}

/** The index of a field's key among the keys of its plan. */
interface Slot {
  readonly slot: number;
}

/** The fields that a signature covers, checked once; `selectFields` applies the plan to each message. */
export interface FieldPlan {
  /** Each key once, so that a message is searched once for each. */
  readonly keys: readonly string[];
  readonly wanted: readonly (WantedField & Slot)[];
  readonly oversigned: readonly (OversignedField & Slot)[];
  readonly order: "list" | "message";
}

/** The h= of one message: its names in order, and the fields that exist among them, in the same order. */
export interface SelectedFields {
  readonly names: readonly string[];
  readonly fields: readonly HeaderField[];
}

const suffixes: ReadonlyMap<string, Pick<WantedField, "instances" | "whenAbsent">> = new Map([
  ["?", { instances: "one", whenAbsent: "omit" }],
  ["*", { instances: "all", whenAbsent: "assert" }],
  ["+", { instances: "all", whenAbsent: "omit" }],
]);

const none: readonly HeaderField[] = [];
const signatureKey = "dkim-signature";
/** The presets, parsed once. */
const presets: ReadonlyMap<string, Lists> = new Map(
  Object.entries(fieldPresets).map(([name, { headers, oversign }]) => [
    name,
    {
      wanted: headers.map((it) => parseWanted(`${it}+`)),
      oversigned: oversign.map(parseOversigned),
    },
  ]),
);

interface Lists {
  readonly wanted: readonly WantedField[];
  readonly oversigned: readonly OversignedField[];
}

/** Checks `fields`, `headers`, `oversign` and `skip`. Throws a `SigningError` for a value that is not a field name. */
export function planFields(options: Omit<SignatureOptions, "key">): FieldPlan {
  const { headers, oversign, skip, fieldOrder, fields = defaultFieldPreset } = options;
  if ([headers, oversign, skip, fieldOrder].some((it) => it !== undefined)) {
    return planOwnFields(options);
  }
  const plan = presetPlans.get(fields) ?? planOwnFields(options);
  presetPlans.set(fields, plan);
  return plan;
}

/** The plans of presets, of 4 KB each: thousands of signers share them. */
const presetPlans = new Map<string, FieldPlan>();

function planOwnFields(options: Omit<SignatureOptions, "key">): FieldPlan {
  const { headers, oversign, skip } = options;
  const skipped = new Set((skip ?? []).map((name) => checkName(name).toLowerCase()));
  if (skipped.has("from")) {
    throw new SigningError(
      "from-not-signed",
      "skip: From cannot be skipped, because every signature must cover it (RFC 6376 5.4); remove it from skip",
    );
  }
  const preset = findPreset(options.fields ?? defaultFieldPreset);
  const wanted = headers?.map(parseWanted) ?? preset.wanted;
  const oversigned =
    oversign?.map(parseOversigned) ?? (headers === undefined ? preset.oversigned : []);
  if (![...wanted, ...oversigned].some(({ key }) => key === "from")) {
    throw new SigningError(
      "from-not-signed",
      "headers: From is missing, but every signature must cover it (RFC 6376 5.4); add From to headers",
    );
  }
  const isKept = ({ key }: NamedField): boolean => !skipped.has(key);
  if (oversigned.some(({ key }) => key === signatureKey)) {
    throw new SigningError(
      "bad-field-name",
      "oversign: DKIM-Signature cannot be oversigned, because h= can only name signatures that exist already (RFC 6376 5.4); remove it from oversign",
    );
  }
  const keptWanted = wanted.filter(isKept).map(withoutOwnSignature);
  const keptOversigned = oversigned.filter(isKept);
  const keys = [...new Set([...keptWanted, ...keptOversigned].map(({ key }) => key))];
  const slots = new Map(keys.map((key, slot) => [key, slot]));
  const withSlot = <Field extends NamedField>(field: Field): Field & Slot => ({
    ...field,
    slot: slots.get(field.key) ?? 0,
  });
  return {
    keys,
    wanted: keptWanted.map(withSlot),
    oversigned: keptOversigned.map(withSlot),
    order: options.fieldOrder ?? "list",
  };
}

/** The instances of a repeated field are taken from the bottom of the header up (RFC 6376 5.4.2). */
export function selectFields(plan: FieldPlan, message: Message): SelectedFields {
  const { keys, wanted, oversigned } = plan;
  const names: string[] = [];
  const fields: HeaderField[] = [];
  const present = keys.map((key) => message.byKey.get(key) ?? none);
  const named = keys.map(() => 0);
  const add = (name: string, slot: number, times: number): void => {
    const instances = present[slot] ?? none;
    let count = named[slot] ?? 0;
    for (const end = count + times; count < end; count++) {
      const field = instances[instances.length - 1 - count];
      if (field !== undefined) {
        fields.push(field);
      }
      names.push(name);
    }
    named[slot] = count;
  };
  for (const { name, slot, instances, whenAbsent } of wanted) {
    const left = (present[slot] ?? none).length - (named[slot] ?? 0);
    if (left > 0) {
      add(name, slot, instances === "all" ? left : 1);
    } else if (whenAbsent === "assert") {
      add(name, slot, 1);
    }
  }
  for (const { name, slot, whenAbsent } of oversigned) {
    const times = (present[slot] ?? none).length;
    if (times > 0 || whenAbsent === "assert") {
      add(name, slot, times + 1 - (named[slot] ?? 0));
    }
  }
  return plan.order === "list" ? { names, fields } : inMessageOrder(names, fields, message);
}

/**
 * The same selection, in the order of the message. The names of a repeated field stand at the places of
 * its selected instances, and a verifier pairs the first name with the lowest instance.
 */
function inMessageOrder(
  names: readonly string[],
  fields: readonly HeaderField[],
  { fields: all }: Message,
): SelectedFields {
  const selected = new Set(fields);
  const standing = all.filter((field) => selected.has(field));
  const instances = new Map<string, HeaderField[]>();
  for (const field of standing) {
    const others = instances.get(field.key);
    if (others === undefined) instances.set(field.key, [field]);
    else others.push(field);
  }
  const named = new Map<string, number>();
  const absent = names.filter((name) => {
    const key = name.toLowerCase();
    const count = (named.get(key) ?? 0) + 1;
    named.set(key, count);
    return count > (instances.get(key)?.length ?? 0);
  });
  return {
    names: [...standing.map(({ name }) => name), ...absent],
    fields: standing.flatMap(({ key }) => instances.get(key)?.pop() ?? []),
  };
}

function findPreset(name: FieldPresetName): Lists {
  const preset = presets.get(name);
  if (preset === undefined) {
    throw new SigningError(
      "bad-option",
      `fields: expected one of ${[...presets.keys()].join(", ")}, got ${quoted(String(name))}`,
    );
  }
  return preset;
}

function parseOversigned(text: string): OversignedField {
  const isOptional = text.endsWith("?");
  const name = checkName(isOptional ? text.slice(0, -1) : text);
  return { ...toNamed(name), whenAbsent: isOptional ? "omit" : "assert" };
}

function parseWanted(text: string): WantedField {
  const suffix = suffixes.get(text.slice(-1));
  const name = checkName(suffix === undefined ? text : text.slice(0, -1));
  return {
    ...toNamed(name),
    ...(suffix ?? { instances: "one", whenAbsent: "assert" }),
  };
}

/** If the message has no signature, a verifier would take the one that is being made for the absent one. */
function withoutOwnSignature(field: WantedField): WantedField {
  return field.key === signatureKey ? { ...field, whenAbsent: "omit" } : field;
}

function toNamed(name: string): NamedField {
  return { name, key: name.toLowerCase() };
}

/** RFC 6376 3.5 h=: a field name is ftext without ";", which would end the tag. */
function checkName(name: string): string {
  if (!/^[!-9<-~]+$/.test(name)) {
    throw new SigningError(
      "bad-field-name",
      `expected a header field name such as Subject, got ${quoted(name)}`,
    );
  }
  return name;
}
