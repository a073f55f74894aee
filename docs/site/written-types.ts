import {
  type Application,
  type Context,
  Converter,
  type DeclarationReflection,
  Models,
  type ParameterReflection,
  type Reflection,
  TypeScript as ts,
} from "typedoc";

/** A longer type is shown by the name that the source has for it. */
const longestType = 300;

/**
 * Shows types as the sources write them. typedoc writes out a type that is computed from another, such as the `Config`
 * that zod infers from its schema: thousands of lines wherever a function takes one.
 */
export function keepWrittenTypes(app: Application): void {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context: Context) => {
    context.setActiveProgram(context.programs[0]);
    for (const reflection of Object.values(context.project.reflections)) {
      if (hasType(reflection) && reflection.type !== undefined && isLong(reflection.type)) {
        const written = writtenType(context, reflection);
        if (written === undefined) continue;
        context.project.removeTypeReflections(reflection.type);
        reflection.type = written;
      }
    }
  });
}

type Typed = DeclarationReflection | ParameterReflection;

function hasType(reflection: Reflection): reflection is Typed {
  return reflection.isDeclaration() || reflection.isParameter();
}

/** Written out: an object with many members, or a long text. */
function isLong(type: Models.SomeType): boolean {
  return type instanceof Models.ReflectionType
    ? (type.declaration.children?.length ?? 0) > 6
    : type.toString().length > longestType;
}

/** The type that stands in the source; undefined if it is written out there as well. */
function writtenType(context: Context, reflection: Typed): Models.SomeType | undefined {
  const declaration = context.getSymbolFromReflection(reflection)?.valueDeclaration;
  if (declaration === undefined) return undefined;
  if (ts.isVariableDeclaration(declaration) && declaration.type === undefined) {
    return new Models.UnknownType("ZodType");
  }
  const node = "type" in declaration ? (declaration.type as ts.TypeNode | undefined) : undefined;
  if (node === undefined || !ts.isTypeReferenceNode(node)) return undefined;
  const symbol = context.getSymbolAtLocation(node.typeName);
  if (symbol === undefined || node.typeArguments !== undefined) {
    return new Models.UnknownType(node.getText());
  }
  return context.createSymbolReference(
    context.resolveAliasedSymbol(symbol),
    context,
    node.getText(),
  );
}
