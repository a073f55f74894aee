import { z } from "zod";

/**
 * The options whose text needs care: a path is resolved from the directory of the config file, a secret is never
 * shown, and the address of a server may hold credentials. The schema marks them, so that a new option cannot be
 * forgotten by the code that resolves or hides it.
 */
type OptionKind = "path" | "secret" | "server";

const kinds = z.registry<{ readonly kind: OptionKind }>();

/** The path of a file or directory. A relative path is relative to the directory of the config file. */
export const filePath = z.string().register(kinds, { kind: "path" });

/** A password, a token or a private key. */
export const secretText = z.string().register(kinds, { kind: "secret" });

/** An address or URL of a server, which may hold a user name and a password. */
export const serverAddress = z.string().register(kinds, { kind: "server" });

/** The same for a URL with one of these schemes. */
export function serverUrl(pattern: RegExp): z.ZodString {
  return z.string().regex(pattern).register(kinds, { kind: "server" });
}

type NamesByKind = Readonly<Record<OptionKind, ReadonlySet<string>>>;

/** Kept, because a schema is large: zod builds every part of it for the first walk. */
const namesBySchema = new WeakMap<z.core.$ZodType, NamesByKind>();

/** The names of the options of a kind, at any level of a schema. Call it when they are needed, not at import. */
export function optionsOfKind(schema: z.core.$ZodType, kind: OptionKind): ReadonlySet<string> {
  let names = namesBySchema.get(schema);
  if (names === undefined) {
    names = namesByKind(schema);
    namesBySchema.set(schema, names);
  }
  return names[kind];
}

function namesByKind(schema: z.core.$ZodType): NamesByKind {
  const names = { path: new Set<string>(), secret: new Set<string>(), server: new Set<string>() };
  for (const option of optionsIn(schema, "")) {
    const marked = kinds.get(option.schema);
    if (marked !== undefined) names[marked.kind].add(option.name);
  }
  return names;
}

interface Option {
  readonly name: string;
  readonly schema: z.core.$ZodType;
}

/** Every schema in a schema, with the name of the option that it belongs to. */
function* optionsIn(schema: z.core.$ZodType, name: string): Generator<Option> {
  yield { name, schema };
  if (schema instanceof z.ZodObject) {
    for (const [inner, part] of Object.entries<z.core.$ZodType>(schema.shape)) {
      yield* optionsIn(part, inner);
    }
  } else {
    for (const part of partsOf(schema)) yield* optionsIn(part, name);
  }
}

function partsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (schema instanceof z.ZodUnion) return schema.options;
  if (schema instanceof z.ZodPipe) return [schema.in];
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return [schema.unwrap()];
  }
  return [];
}
