import { parseAst } from "vitest/node";

/** A module or global that a source file uses, and the line. */
export type Use =
  | { readonly kind: "module"; readonly specifier: string; readonly line: number }
  | {
      readonly kind: "global";
      readonly name: "process.env" | "console" | "fetch" | "wall clock";
      readonly line: number;
    };

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [property: string]: unknown;
}

/**
 * Every module that a TypeScript or JavaScript file names (import and export declarations, types
 * included, dynamic import(), require, import.meta.resolve) and every use of the environment, the console,
 * fetch and the wall clock. A specifier that is computed at run time cannot be known and is not reported.
 */
export function readUses(source: string): readonly Use[] {
  const uses: Use[] = [];
  const unvisited: Node[] = [parseAst(source, { lang: "ts" }) as unknown as Node];
  for (let node = unvisited.pop(); node !== undefined; node = unvisited.pop()) {
    const line = lineAt(source, node.start);
    const specifier = specifierIn(node);
    if (specifier !== undefined) uses.push({ kind: "module", specifier, line });
    const name = globalIn(node);
    if (name !== undefined) uses.push({ kind: "global", name, line });
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) unvisited.push(child);
      }
    }
  }
  return uses.toSorted((a, b) => a.line - b.line);
}

function specifierIn(node: Node): string | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return literalText(node["source"]);
    case "TSExternalModuleReference":
      return literalText(node["expression"]);
    case "CallExpression": {
      const callee = dottedName(node["callee"]);
      const loads = ["require", "require.resolve", "import.meta.resolve"].includes(callee ?? "");
      const [argument] = node["arguments"] as readonly unknown[];
      return loads ? literalText(argument) : undefined;
    }
    default:
      return undefined;
  }
}

type Global = Extract<Use, { readonly kind: "global" }>["name"];

function globalIn(node: Node): Global | undefined {
  switch (node.type) {
    case "ImportDeclaration":
      return /^(?:node:)?process$/.test(literalText(node["source"]) ?? "") &&
        namesEnvironment(node["specifiers"], "imported")
        ? "process.env"
        : undefined;
    case "VariableDeclarator": {
      const pattern = node["id"];
      if (!isNode(pattern) || pattern.type !== "ObjectPattern") return undefined;
      const taken = withoutGlobalThis(dottedName(node["init"]));
      if (taken === "console") return "console";
      if (taken === "Date" && namesClock(pattern["properties"])) return "wall clock";
      return taken === "process" && namesEnvironment(pattern["properties"], "key")
        ? "process.env"
        : undefined;
    }
    case "CallExpression": {
      const called = withoutGlobalThis(dottedName(node["callee"]));
      return called === "fetch" ? "fetch" : called === "Date" ? "wall clock" : undefined;
    }
    case "NewExpression":
      // With arguments, `new Date` converts a known time and reads no clock.
      return withoutGlobalThis(dottedName(node["callee"])) === "Date" &&
        (node["arguments"] as readonly unknown[]).length === 0
        ? "wall clock"
        : undefined;
    case "MemberExpression": {
      const object = withoutGlobalThis(dottedName(node["object"]));
      if (object === "console") return "console";
      if (object === "Date" && propertyName(node) === "now") return "wall clock";
      return object === "process" && propertyName(node) === "env" ? "process.env" : undefined;
    }
    default:
      return undefined;
  }
}

function namesEnvironment(parts: unknown, side: "imported" | "key"): boolean {
  if (!Array.isArray(parts)) return false;
  return parts.some((part: Readonly<Record<string, unknown>>) => dottedName(part[side]) === "env");
}

function namesClock(parts: unknown): boolean {
  if (!Array.isArray(parts)) return false;
  return parts.some((part: Readonly<Record<string, unknown>>) => dottedName(part["key"]) === "now");
}

function withoutGlobalThis(name: string | undefined): string | undefined {
  return name?.replace(/^globalThis\./, "");
}

/** `a.b.c` or `a["b"].c` as "a.b.c". */
function dottedName(value: unknown): string | undefined {
  const names: string[] = [];
  let node = value;
  while (isNode(node) && node.type === "MemberExpression") {
    names.unshift(propertyName(node) ?? "?");
    node = node["object"];
  }
  if (!isNode(node)) return undefined;
  if (node.type === "MetaProperty") return ["import.meta", ...names].join(".");
  return node.type === "Identifier" ? [String(node["name"]), ...names].join(".") : undefined;
}

function propertyName(member: Node): string | undefined {
  const property = member["property"];
  if (!isNode(property)) return undefined;
  return member["computed"] === true ? literalText(property) : String(property["name"]);
}

function literalText(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  // In a type, import("x") has one more wrapper node.
  if (value.type === "TSLiteralType") return literalText(value["literal"]);
  if (value.type === "Literal" && typeof value["value"] === "string") return value["value"];
  if (value.type !== "TemplateLiteral") return undefined;
  const quasis = value["quasis"] as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function lineAt(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf("\n"); at !== -1 && at < offset; at = source.indexOf("\n", at + 1))
    line += 1;
  return line;
}
