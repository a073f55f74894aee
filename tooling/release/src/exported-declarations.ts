import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** An export of an entry point, and the comment in front of its declaration. */
export interface ExportedDeclaration {
  readonly name: string;
  /** A function, class or constant, and not only a type. */
  readonly isValue: boolean;
  /** "" if there is none. */
  readonly docstring: string;
}

const declaration =
  /(\/\*\*(?:(?!\*\/)[^])*\*\/\s*)?^export (?:declare )?(abstract class|class|const|function|interface|type) (\w+)/gm;
const list = /^export (type )?\{([^}]*)\} from "([^"]+)";/gm;
const star = /^export \* from "([^"]+)";/gm;

/**
 * The exports that a file of types declares, or takes from other files of its package. Those of other packages are
 * documented there.
 */
export function exportedDeclarations(file: string): readonly ExportedDeclaration[] {
  const text = readFileSync(file, "utf8");
  const found: ExportedDeclaration[] = [];
  for (const [, docstring = "", kind = "", name = ""] of text.matchAll(declaration)) {
    found.push({ name, isValue: kind !== "interface" && kind !== "type", docstring });
  }
  for (const [, , names = "", specifier = ""] of text.matchAll(list)) {
    const wanted = new Set(
      names.split(",").map(
        (item) =>
          item
            .trim()
            .replace(/^type /, "")
            .split(" as ")[0],
      ),
    );
    found.push(...declarationsIn(file, specifier).filter(({ name }) => wanted.has(name)));
  }
  for (const [, specifier = ""] of text.matchAll(star)) {
    found.push(...declarationsIn(file, specifier));
  }
  return found;
}

function declarationsIn(file: string, specifier: string): readonly ExportedDeclaration[] {
  if (!specifier.startsWith(".")) return [];
  const path = join(dirname(file), specifier).replace(/\.[jt]s$/, ".d.ts");
  return existsSync(path) ? exportedDeclarations(path) : [];
}

/** The names that a file of types exports, those of other packages included. */
export function exportedNames(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  const listed = Array.from(text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)).flatMap(
    ([, names = ""]) =>
      names
        .replaceAll(/\/\*[^]*?\*\//g, "")
        .split(",")
        .map(
          (item) =>
            item
              .trim()
              .replace(/^type /, "")
              .split(" as ")
              .at(-1) ?? "",
        ),
  );
  const starred = Array.from(text.matchAll(star), ([, specifier = ""]) =>
    join(dirname(file), specifier).replace(/\.[jt]s$/, ".d.ts"),
  ).filter((path) => existsSync(path));
  return [
    ...exportedDeclarations(file).map(({ name }) => name),
    ...listed,
    ...starred.flatMap(exportedNames),
  ];
}
