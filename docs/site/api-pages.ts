import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { Application, type ProjectReflection, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { readManifest, repositoryUrl } from "./repository.ts";
import { keepWrittenTypes } from "./written-types.ts";

/** An entry point of a package, such as `@mailseal/verifier/explain`. */
interface EntryPoint {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly isPublished: boolean;
}

/** Modules that only start something, and export nothing. */
const scripts = /\/pool-thread$/;

/** Every entry point of every package and app. */
function entryPoints(): readonly EntryPoint[] {
  const folders = globSync("{packages,apps}/*/package.json", { cwd: repositoryRoot })
    .map((path) => path.replace(/\/package\.json$/, ""))
    .toSorted();
  return folders.flatMap((folder) => {
    const { name, exports = {}, private: isPrivate = false } = readManifest(folder);
    return Object.entries(exports).flatMap(([subpath, built]) => {
      const source = String(built).replace("./dist/", "src/").replace(/\.js$/, ".ts");
      const file = join(repositoryRoot, folder, source);
      if (!source.endsWith(".ts") || !existsSync(file)) return [];
      return [{ name: name + subpath.slice(1), file, isPublished: !isPrivate }];
    });
  });
}

/**
 * Writes the API reference: a page for each entry point of each published package. Throws if a link of a docstring leads
 * nowhere, an export has no docstring, or a type that an export uses is not exported.
 */
export async function writeApiPages(folder: string): Promise<void> {
  const entries = entryPoints();
  const documented = entries.filter(({ name, isPublished }) => isPublished && !scripts.test(name));
  const tsconfig = join(folder, "..", "api-tsconfig.json");
  mkdirSync(join(folder, ".."), { recursive: true });
  writeFileSync(tsconfig, JSON.stringify(compilerOptionsFor(entries, documented)));
  const options: TypeDocOptions & Partial<PluginOptions> = {
    ...conversion,
    ...presentation,
    entryPoints: documented.map(({ file }) => file),
    tsconfig,
    out: folder,
    basePath: repositoryRoot,
    sourceLinkTemplate: `${repositoryUrl("{path}")}#L{line}`,
  };
  const app = await Application.bootstrapWithPlugins(options as TypeDocOptions);
  keepWrittenTypes(app);
  const project = await app.convert();
  if (project === undefined) throw new Error("typedoc could not read the packages");
  nameModules(project, documented);
  validate(app, project, documented);
  const complaints = app.logger.errorCount + app.logger.warningCount;
  if (complaints > 0) throw new Error(`typedoc has ${complaints} complaints, listed above`);
  await app.generateOutputs(project);
  // The reference has an index of its own.
  rmSync(join(folder, "index.md"), { force: true });
  for (const entry of documented) describeModule(join(folder, pageOf(entry)), entry);
}

/** The page of an entry point below the folder of the reference. */
function pageOf({ name }: EntryPoint): string {
  return `${name.replace(/^@[^/]+\//, "")}.md`;
}

/** Puts the comment at the top of an entry point below the title of its page, with a link to the README. */
function describeModule(page: string, { name, file }: EntryPoint): void {
  const source = readFileSync(file, "utf8").replaceAll(/^import [^;]*;\n/gm, "");
  const [, comment = ""] = /^\s*\/\*\*([^]*?)\*\//.exec(source) ?? [];
  const text = comment
    .replaceAll(/^\s*\* ?/gm, "")
    .replace("@deprecated", "**Deprecated.**")
    .trim();
  const [, packageName = "", ...subpath] = name.split("/");
  const readme = `[README](${"../".repeat(subpath.length + 1)}packages/${packageName}.md)`;
  const [title = "", ...members] = readFileSync(page, "utf8").split("\n");
  const top = [
    title,
    "",
    text,
    "",
    `The ${readme} of the package has its options and error codes.`,
  ];
  writeFileSync(page, [...top, ...members].join("\n"));
}

/**
 * Types in the signature of an export that nobody names, by package: constants from which types are read, columns of
 * tables, and the parameters of a constructor that only `Signer.stream` calls.
 */
const internals: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    config: [
      "nextHop",
      "listener",
      "milterListener",
      "senders",
      "smtpListener",
      "signatureOptions",
      "signingTable",
      "verificationAction",
      "verificationOptions",
    ],
    crypto: ["rows"],
    milter: ["macroStages"],
    policy: ["Refusal", "hookNames"],
    signer: ["SignaturePlan", "StreamOptions"],
    stats: ["histogramNames", "DeliveryColumn", "SigningColumn", "VerificationColumn"],
  }).map(([name, types]) => [`@mailseal/${name}`, types]),
);

const conversion: TypeDocOptions = {
  readme: "none",
  // The type checker has checked the sources already.
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableGit: true,
  validation: { invalidLink: true, notDocumented: true, notExported: false },
  requiredToBeDocumented: ["Class", "Enum", "Function", "Interface", "TypeAlias", "Variable"],
  sort: ["alphabetical"],
  logLevel: "Warn",
};

const presentation: Partial<PluginOptions> = {
  plugin: ["typedoc-plugin-markdown"],
  router: "module",
  entryFileName: "index",
  excludeScopesInPaths: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  pageTitleTemplates: { module: "{name}" },
  useCodeBlocks: true,
  useCustomAnchors: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  propertyMembersFormat: "table",
  typeDeclarationVisibility: "compact",
  indexFormat: "table",
  tableColumnSettings: { hideModifiers: true, hideSources: true },
} as Partial<PluginOptions>;

/** All packages as one program: an export of another package is linked to its page, and nothing has to be built. */
function compilerOptionsFor(
  entries: readonly EntryPoint[],
  documented: readonly EntryPoint[],
): object {
  return {
    extends: join(repositoryRoot, "tooling", "tsconfig", "library.json"),
    compilerOptions: {
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      types: ["node"],
      skipLibCheck: true,
      paths: Object.fromEntries(entries.map(({ name, file }) => [name, [file]])),
    },
    files: documented.map(({ file }) => file),
  };
}

/** typedoc looks for types that are used and not exported in one package only: the one that it thinks it documents. */
function validate(
  app: Application,
  project: ProjectReflection,
  documented: readonly EntryPoint[],
): void {
  const packages = new Set(documented.map(({ name }) => name.split("/").slice(0, 2).join("/")));
  app.options.setValue("packagesRequiringDocumentation", [...packages]);
  app.validate(project);
  app.options.setValue("validation", {
    notExported: true,
    invalidLink: false,
    notDocumented: false,
  });
  for (const name of packages) {
    project.packageName = name;
    app.options.setValue("intentionallyNotExported", [...(internals.get(name) ?? [])]);
    app.validate(project);
  }
}

/** Modules have the names by which programs import them. */
function nameModules(project: ProjectReflection, documented: readonly EntryPoint[]): void {
  const names = new Map(documented.map(({ name, file }) => [file, name]));
  for (const module of project.children ?? []) {
    const name = names.get(module.sources?.[0]?.fullFileName ?? "");
    if (name === undefined)
      throw new Error(`typedoc found a module that is no entry point: ${module.name}`);
    module.name = name;
  }
  // typedoc reserves `crypto/algorithms` for the constant of that name in `crypto` unless the module comes first.
  project.children?.sort((one, other) => depthOf(other) - depthOf(one));
  project.childrenIncludingDocuments?.sort((one, other) => depthOf(other) - depthOf(one));
  // Only the modules needed theirs: a link from every member to its source would hide the text.
  for (const reflection of Object.values(project.reflections)) {
    if (reflection.isDeclaration() || reflection.isSignature()) delete reflection.sources;
  }
}

function depthOf({ name }: { readonly name: string }): number {
  return name.split("/").length;
}
