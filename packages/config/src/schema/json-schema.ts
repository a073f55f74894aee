import { z } from "zod";
import type { ConfigPath } from "../loading/problem.ts";
import { configSchema } from "./config-schema.ts";

/** The parts of a JSON Schema (draft 2020-12) that zod writes and Mailseal reads. */
export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/**
 * The JSON Schema of the config file, for editors: of its input, before defaults are applied.
 *
 * ```ts
 * await writeFile("mailseal.schema.json", JSON.stringify(configJsonSchema(), undefined, 2));
 * ```
 */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(configSchema, { io: "input" }),
    $id: "https://mailseal.example/config.schema.json",
    title: "Mailseal configuration",
  };
}

let known: JsonSchema | undefined;

/** The names of the options that are valid at a place of the config. */
export function namesAt(path: ConfigPath): ReadonlySet<string> {
  known ??= configJsonSchema() as JsonSchema;
  const root = known;
  let places: readonly JsonSchema[] = alternatives(root, root);
  for (const step of path) {
    places = places.flatMap((place) => {
      const next = typeof step === "number" ? place.items : propertyOf(place, step);
      return next === undefined ? [] : alternatives(next, root);
    });
  }
  return new Set(places.flatMap(({ properties }) => Object.keys(properties ?? {})));
}

/**
 * The options of a section whose values are durations, in milliseconds once they are read.
 *
 * ```ts
 * durationOptions("signing").has("expireAfter"); // true
 * ```
 */
export function durationOptions(section: "signing" | "verification"): ReadonlySet<string> {
  known ??= configJsonSchema() as JsonSchema;
  const reference = "#/$defs/duration";
  const { properties = {} } = known.$defs?.[section] ?? {};
  return new Set(
    Object.entries(properties)
      .filter(([, { $ref, allOf = [] }]) => [$ref, allOf[0]?.$ref].includes(reference))
      .map(([name]) => name),
  );
}

function propertyOf(place: JsonSchema, name: string): JsonSchema | undefined {
  if (place.properties !== undefined && Object.hasOwn(place.properties, name)) {
    return place.properties[name];
  }
  return typeof place.additionalProperties === "object" ? place.additionalProperties : undefined;
}

/** A place, the definition it refers to, and its alternatives. */
function alternatives(place: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  const target = root.$defs?.[place.$ref?.replace("#/$defs/", "") ?? ""];
  const parts = [...(place.anyOf ?? []), ...(place.oneOf ?? []), ...(place.allOf ?? [])];
  const further = target === undefined ? parts : [target, ...parts];
  return [place, ...further.flatMap((part) => alternatives(part, root))];
}
