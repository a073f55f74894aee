import type { HeaderField, Message } from "@mailseal/syntax";
import type { SignatureOptions } from "./options.ts";
import { defaultOversignedFields, defaultSignedFields } from "./signed-fields.ts";
import { SigningError } from "./signing-error.ts";

interface WantedField {
  readonly name: string;
  readonly key: string;
  readonly instances: "one" | "all";
  readonly whenAbsent: "assert" | "omit";
}

/** Which fields a signature wants, checked once; `selectFields` applies it to each message. */
export interface FieldPlan {
  readonly wanted: readonly WantedField[];
  readonly oversigned: readonly { readonly name: string; readonly key: string }[];
}

/** The h= of one message: names in order, and the fields that exist among them, in the same order. */
export interface SelectedFields {
  readonly names: readonly string[];
  readonly fields: readonly HeaderField[];
}

const suffixes: ReadonlyMap<string, Pick<WantedField, "instances" | "whenAbsent">> = new Map([
  ["?", { instances: "one", whenAbsent: "omit" }],
  ["*", { instances: "all", whenAbsent: "assert" }],
  ["+", { instances: "all", whenAbsent: "omit" }],
]);

const defaultFieldPlan: FieldPlan = {
  wanted: defaultSignedFields.map((name) => ({
    name,
    key: name.toLowerCase(),
    instances: "all",
    whenAbsent: "omit",
  })),
  oversigned: defaultOversignedFields.map(toNamed),
};

/** Checks `headers`, `oversign` and `skip`. Throws a `SigningError` for what is no field name. */
export function planFields(options: SignatureOptions): FieldPlan {
  const { headers, oversign, skip } = options;
  if (headers === undefined && oversign === undefined && skip === undefined) {
    return defaultFieldPlan;
  }
  const skipped = new Set((skip ?? []).map((name) => checkName(name).toLowerCase()));
  if (skipped.has("from")) {
    throw new SigningError(
      "from-not-signed",
      "From cannot be skipped: RFC 6376 5.4 requires it to be signed; take it off the skip list",
    );
  }
  const wanted = headers?.map(parseWanted) ?? defaultFieldPlan.wanted;
  const oversigned =
    oversign?.map((name) => toNamed(checkName(name))) ??
    (headers === undefined ? defaultFieldPlan.oversigned : []);
  if (![...wanted, ...oversigned].some(({ key }) => key === "from")) {
    throw new SigningError(
      "from-not-signed",
      "the fields to sign do not include From: RFC 6376 5.4 requires it; add From to the list",
    );
  }
  return {
    wanted: wanted.filter(({ key }) => !skipped.has(key)),
    oversigned: oversigned.filter(({ key }) => !skipped.has(key)),
  };
}

/** The instances of a repeated field are taken from the bottom of the header up (RFC 6376 5.4.2). */
export function selectFields(plan: FieldPlan, message: Message): SelectedFields {
  const names: string[] = [];
  const fields: HeaderField[] = [];
  const named = new Map<string, number>();
  const add = (name: string, key: string): void => {
    const count = named.get(key) ?? 0;
    const present = message.byKey.get(key);
    const field = present?.[present.length - 1 - count];
    names.push(name);
    if (field !== undefined) {
      fields.push(field);
    }
    named.set(key, count + 1);
  };
  for (const { name, key, instances, whenAbsent } of plan.wanted) {
    const present = message.byKey.get(key)?.length ?? 0;
    const left = present - (named.get(key) ?? 0);
    if (left > 0) {
      for (let count = instances === "all" ? left : 1; count > 0; count--) {
        add(name, key);
      }
    } else if (whenAbsent === "assert") {
      add(name, key);
    }
  }
  for (const { name, key } of plan.oversigned) {
    const enough = (message.byKey.get(key)?.length ?? 0) + 1;
    for (let count = named.get(key) ?? 0; count < enough; count++) {
      add(name, key);
    }
  }
  return { names, fields };
}

function parseWanted(text: string): WantedField {
  const suffix = suffixes.get(text.slice(-1));
  const name = checkName(suffix === undefined ? text : text.slice(0, -1));
  return {
    ...toNamed(name),
    ...(suffix ?? { instances: "one", whenAbsent: "assert" }),
  };
}

function toNamed(name: string): { name: string; key: string } {
  return { name, key: name.toLowerCase() };
}

/** RFC 6376 3.5 h=: a field name is ftext without ";", which would end the tag. */
function checkName(name: string): string {
  if (!/^[!-9<-~]+$/.test(name)) {
    throw new SigningError(
      "bad-field-name",
      `expected a header field name, got ${JSON.stringify(name.slice(0, 80))}`,
    );
  }
  return name;
}
