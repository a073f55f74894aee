/**
 * Finds the options of every public function in the types of the packages, so that a test can call each function with
 * values that its types do not allow. A function with a new option is found without a change here.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import {
  API,
  type Checker,
  type Project,
  type Signature,
  SignatureKind,
  type Symbol as TypeScriptSymbol,
  SymbolFlags,
  type Type,
  TypeFlags,
} from "typescript/unstable/sync";

/** A kind of value that an option may have. */
export type ValueKind =
  | "anything"
  | "boolean"
  | "function"
  | "list"
  | "number"
  | "object"
  | "string"
  | "one of several strings";

/** An option as its type declares it. */
export interface Option {
  readonly name: string;
  readonly isRequired: boolean;
  readonly kinds: ReadonlySet<ValueKind>;
  /** The kinds of the entries, if it may be a list. */
  readonly entryKinds?: ReadonlySet<ValueKind>;
}

/** A parameter of a public function that is an object of options. */
export interface OptionParameter {
  /** As in `@mailseal/verifier verify(options)`, `@mailseal/queue Queue.take(options)` or `@mailseal/stats new Aggregator(options)`. */
  readonly function: string;
  readonly options: readonly Option[];
}

/** Every such parameter of the published packages, by their entry points, in the order of the names. */
export function optionParameters(): readonly OptionParameter[] {
  const api = new API({ cwd: repositoryRoot });
  try {
    const found = new Map<string, OptionParameter>();
    for (const { folder, name, entries } of publishedPackages()) {
      const config = join(repositoryRoot, folder, "tsconfig.json");
      const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
      if (project === undefined) throw new Error(`${config} opens no project`);
      const reader = new PackageReader(project, name, join(repositoryRoot, folder, "src"));
      for (const entry of entries) {
        for (const parameter of reader.read(join(repositoryRoot, folder, "src", entry))) {
          found.set(parameter.function, parameter);
        }
      }
    }
    return [...found.values()].toSorted((a, b) => (a.function < b.function ? -1 : 1));
  } finally {
    api.close();
  }
}

interface PublishedPackage {
  readonly folder: string;
  readonly name: string;
  /** The source files of its entry points, as paths inside src/. */
  readonly entries: readonly string[];
}

function publishedPackages(): readonly PublishedPackage[] {
  return globSync("packages/*/package.json", { cwd: repositoryRoot }).flatMap((file) => {
    const folder = file.slice(0, -"/package.json".length);
    const { name, exports, ...rest } = JSON.parse(
      readFileSync(join(repositoryRoot, file), "utf8"),
    ) as { name: string; private?: true; exports: Readonly<Record<string, string>> };
    if (rest.private === true) return [];
    const entries = Object.values(exports)
      .filter((target) => target.endsWith(".js"))
      .map((target) => target.replace("./dist/", "").replace(/js$/, "ts"))
      .filter((entry) => existsSync(join(repositoryRoot, folder, "src", entry)));
    return [{ folder, name, entries }];
  });
}

/** Classes whose objects the packages make, from options that they have checked: callers only use the type. */
const madeByPackage: ReadonlySet<string> = new Set([
  "MilterSession",
  "SigningStream",
  "Statistics",
]);

/** Options that somebody else's types declare are not ours to check. */
const foreign: ReadonlySet<string> = new Set(["ErrorOptions", "NodeConnectionOptions"]);

class PackageReader {
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #package: string;
  readonly #source: string;

  constructor(project: Project, packageName: string, source: string) {
    this.#project = project;
    this.#checker = project.checker;
    this.#package = packageName;
    this.#source = source;
  }

  *read(entry: string): Generator<OptionParameter> {
    const file = this.#project.program.getSourceFile(entry);
    const module = file === undefined ? undefined : this.#checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry} is no module`);
    for (const exported of this.#checker.getExportsOfModule(module)) {
      const symbol =
        (exported.flags & SymbolFlags.Alias) === 0
          ? exported
          : this.#checker.getAliasedSymbol(exported);
      if (this.#isOurs(symbol)) yield* this.#readSymbol(symbol);
    }
  }

  /** Not a re-export of another package. */
  #isOurs(symbol: TypeScriptSymbol): boolean {
    return symbol.declarations.some(({ path }) =>
      path.toLowerCase().startsWith(this.#source.toLowerCase()),
    );
  }

  *#readSymbol(symbol: TypeScriptSymbol): Generator<OptionParameter> {
    const { flags, name } = symbol;
    if ((flags & (SymbolFlags.Function | SymbolFlags.Variable)) !== 0) {
      yield* this.#readCalls(this.#checker.getTypeOfSymbol(symbol), name, SignatureKind.Call);
    }
    // The options of an error's constructor are those of the language.
    const isConstructed = !name.endsWith("Error") && !madeByPackage.has(name);
    if ((flags & SymbolFlags.Class) !== 0 && isConstructed) {
      const type = this.#checker.getTypeOfSymbol(symbol);
      yield* this.#readCalls(type, `new ${name}`, SignatureKind.Construct);
    }
    // What an object of options calls is the caller's own.
    if ((flags & (SymbolFlags.Class | SymbolFlags.Interface)) !== 0 && !name.endsWith("Options")) {
      const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
      for (const member of this.#checker.getPropertiesOfType(type)) {
        const memberType = this.#checker.getTypeOfSymbol(member);
        yield* this.#readCalls(memberType, `${name}.${member.name}`, SignatureKind.Call);
      }
    }
  }

  *#readCalls(
    type: Type | undefined,
    name: string,
    kind: SignatureKind,
  ): Generator<OptionParameter> {
    if (type === undefined) return;
    for (const signature of this.#checker.getSignaturesOfType(
      this.#checker.getNonNullableType(type) ?? type,
      kind,
    )) {
      yield* this.#readSignature(signature, name);
    }
  }

  *#readSignature(signature: Signature, name: string): Generator<OptionParameter> {
    for (const parameter of signature.getParameters()) {
      const type = this.#checker.getTypeOfSymbol(parameter);
      for (const member of type === undefined ? [] : membersOf(type)) {
        if (!this.#isOptions(member, parameter.name)) continue;
        const options = this.#optionsOf(type ?? member, parameter.name);
        // A parameter that is taken apart has no name of its own.
        const shown = parameter.name.startsWith("__") ? "options" : parameter.name;
        yield { function: `${this.#package} ${name}(${shown})`, options };
        break;
      }
    }
  }

  #isOptions(type: Type, parameter: string): boolean {
    const isObject =
      (type.flags & (TypeFlags.Object | TypeFlags.Intersection)) !== 0 &&
      !this.#checker.isArrayLikeType(type) &&
      this.#checker.getSignaturesOfType(type, SignatureKind.Call).length === 0;
    const typeName = type.getAliasSymbol()?.name ?? type.getSymbol()?.name ?? "";
    return (
      isObject &&
      !foreign.has(typeName) &&
      (/(?:Options|Deps|Limits)$/.test(typeName) || parameter === "options")
    );
  }

  /** The options of every object of a union. */
  #optionsOf(type: Type, parameter: string): readonly Option[] {
    const byName = new Map<string, Option>();
    const objects = membersOf(type).filter((member) => this.#isOptions(member, parameter));
    for (const object of objects) {
      for (const property of this.#checker.getPropertiesOfType(object)) {
        const known = byName.get(property.name);
        byName.set(property.name, this.#optionOf(property, known));
      }
    }
    return [...byName.values()];
  }

  #optionOf(property: TypeScriptSymbol, known: Option | undefined): Option {
    const type = this.#checker.getTypeOfSymbol(property);
    if (type === undefined) throw new Error(`${property.name} has no type`);
    const kinds = new Set(known?.kinds);
    const entryKinds = new Set(known?.entryKinds);
    for (const member of membersOf(type)) {
      const kind = this.#kindOf(member);
      if (kind === undefined) continue;
      kinds.add(kind);
      if (kind === "list" && member.isTypeReference() && !this.#checker.isTupleType(member)) {
        const [entry] = this.#checker.getTypeArguments(member);
        for (const part of entry === undefined ? [] : membersOf(entry)) {
          entryKinds.add(this.#kindOf(part) ?? "anything");
        }
      }
    }
    return {
      name: property.name,
      isRequired: (property.flags & SymbolFlags.Optional) === 0 && (known?.isRequired ?? true),
      kinds,
      ...(entryKinds.size === 0 ? {} : { entryKinds }),
    };
  }

  #kindOf(type: Type): ValueKind | undefined {
    const { flags } = type;
    if ((flags & (TypeFlags.Undefined | TypeFlags.Void)) !== 0) return undefined;
    if ((flags & TypeFlags.StringLiteral) !== 0) return "one of several strings";
    if ((flags & TypeFlags.StringLike) !== 0) return "string";
    if ((flags & TypeFlags.NumberLike) !== 0) return "number";
    if ((flags & TypeFlags.BooleanLike) !== 0) return "boolean";
    if ((flags & (TypeFlags.Object | TypeFlags.Intersection)) === 0) return "anything";
    if (this.#checker.isArrayLikeType(type)) return "list";
    return this.#checker.getSignaturesOfType(type, SignatureKind.Call).length > 0
      ? "function"
      : "object";
  }
}

function membersOf(type: Type): readonly Type[] {
  return type.isUnionType() ? type.getTypes() : [type];
}
