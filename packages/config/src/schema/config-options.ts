import { configJsonSchema, type JsonSchema as Part } from "./json-schema.ts";

/** The values that an option takes. */
export type OptionValue =
  | { readonly kind: "literals"; readonly literals: readonly string[] }
  /** `name` is a type such as `integer` or `duration`, or the name of a section. */
  | { readonly kind: "type"; readonly name: string }
  | { readonly kind: "list" | "map"; readonly of: OptionValue }
  | { readonly kind: "either"; readonly values: readonly OptionValue[] };

/** An option of the config file. */
export interface ConfigOption {
  /** Its name within its section, such as `limits.messageSize`. */
  readonly name: string;
  readonly value: OptionValue;
  /** As it would be written in the file; undefined if there is none, or it is a list or map. */
  readonly defaultText: string | undefined;
  readonly isRequired: boolean;
  readonly description: string;
}

/** A part of the config file with options of its own. */
export interface ConfigSection {
  /** `top level`, or the name that other options use for it, such as `signing`. */
  readonly name: string;
  /** The options that hold this section, such as `domains.NAME.signing`; empty for the top level. */
  readonly places: readonly string[];
  readonly options: readonly ConfigOption[];
}

/**
 * Every option of the config file, by section, from the schema that checks the file. The man page and the reference
 * are written from it.
 *
 * ```ts
 * import { configOptions } from "@mailseal/config";
 *
 * for (const { name, options } of configOptions()) console.log(name, options.length);
 * ```
 */
export function configOptions(): readonly ConfigSection[] {
  const root = configJsonSchema() as Part;
  const named = Object.entries(root.$defs ?? {}).filter(([, part]) => part.properties);
  const places = placesBySection(root);
  return [
    { name: "top level", places: [], options: optionsOf(root, "") },
    ...named.map(([name, part]) => ({
      name,
      places: places.get(name) ?? [],
      options: optionsOf(part, ""),
    })),
  ];
}

/**
 * The values in words, such as `list of integer`. `literal` marks text that is written as it is.
 *
 * ```ts
 * for (const { options } of configOptions()) {
 *   for (const { name, value } of options) console.log(name, optionValueText(value, (text) => `"${text}"`));
 * }
 * ```
 */
export function optionValueText(value: OptionValue, literal: (text: string) => string): string {
  switch (value.kind) {
    case "literals":
      return value.literals.map(literal).join(", ");
    case "type":
      return value.name;
    case "list":
    case "map":
      return `${value.kind} of ${optionValueText(value.of, literal)}`;
    case "either":
      return [...new Set(value.values.map((each) => optionValueText(each, literal)))].join(" or ");
  }
}

/** Options that are maps of their own, and have no name, stand in their parent's section with a dot. */
function optionsOf(part: Part, prefix: string): readonly ConfigOption[] {
  const options: ConfigOption[] = [];
  for (const [name, option] of Object.entries(part.properties ?? {})) {
    options.push({
      name: `${prefix}${name}`,
      value: valueOf(option),
      defaultText: defaultOf(option),
      isRequired: option.default === undefined && part.required?.includes(name) === true,
      description: option.description ?? "",
    });
    options.push(...optionsOf(option, `${prefix}${name}.`));
  }
  return options;
}

function defaultOf({ default: value }: Part): string | undefined {
  return value === undefined || typeof value === "object" ? undefined : String(value);
}

function valueOf(part: Part): OptionValue {
  const alternatives = [...(part.anyOf ?? []), ...(part.oneOf ?? [])];
  if (part.allOf?.[0] !== undefined) return valueOf(part.allOf[0]);
  if (part.$ref !== undefined) return { kind: "type", name: definitionOf(part.$ref) };
  if (part.enum !== undefined) return { kind: "literals", literals: part.enum };
  if (part.const !== undefined) return { kind: "literals", literals: [part.const] };
  if (alternatives.length > 0) return { kind: "either", values: alternatives.map(valueOf) };
  if (part.type === "array") return { kind: "list", of: valueOf(part.items ?? {}) };
  if (part.type === "object" && typeof part.additionalProperties === "object") {
    return { kind: "map", of: valueOf(part.additionalProperties) };
  }
  if (part.type === "object") return { kind: "type", name: "map" };
  return { kind: "type", name: part.type === "boolean" ? "true, false" : (part.type ?? "") };
}

function definitionOf(reference: string): string {
  return reference.replace("#/$defs/", "");
}

/** Finds each use of a section in the others. `NAME` stands for the key of a map, `[]` for the items of a list. */
function placesBySection(root: Part): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, readonly string[]>();
  const visit = (part: Part, path: string): void => {
    if (part.$ref !== undefined) {
      const name = definitionOf(part.$ref);
      const definition = root.$defs?.[name];
      if (definition?.properties === undefined) return;
      places.set(name, [...new Set([...(places.get(name) ?? []), path])]);
      visit(definition, path);
    }
    for (const each of [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.allOf ?? [])]) {
      visit(each, path);
    }
    if (part.items !== undefined) visit(part.items, `${path}[]`);
    if (typeof part.additionalProperties === "object") {
      visit(part.additionalProperties, `${path}.NAME`);
    }
    for (const [name, option] of Object.entries(part.properties ?? {})) {
      visit(option, path === "" ? name : `${path}.${name}`);
    }
  };
  visit(root, "");
  return places;
}
