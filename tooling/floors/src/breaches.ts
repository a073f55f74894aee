import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { app, bundledSources, type Floor, libraries, outsideModules, scope } from "./floors.ts";
import type { PackageFiles, SourceFile } from "./package-files.ts";
import { readUses, type Use } from "./source-uses.ts";
import { wallClockPlaces } from "./wall-clock.ts";

export interface Breach {
  /** Relative to the root of the tree. */
  readonly file: string;
  readonly line: number;
  /** The import or use, the rule that it breaks, and the remedy. */
  readonly reason: string;
}

/** Every place where one package breaks the floor rule, in the order of its files and lines. */
export function breachesOf(checked: PackageFiles): readonly Breach[] {
  const manifestFile = `${checked.directory}/package.json`;
  const name = checked.manifest.name ?? "";
  const floor = floorOf(checked.directory, name);
  if (floor === undefined) {
    const reason = `${name || checked.directory} stands on no floor; give it its place in DESIGN.md's table and in tooling/floors/src/floors.ts`;
    return [{ file: manifestFile, line: 1, reason }];
  }

  const { dependencies, peerDependencies, optionalDependencies } = checked.manifest;
  const installed = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
  const bundled = Object.keys(checked.manifest.devDependencies ?? {}).filter(isBundled);
  const declared = new Set([...installed, ...bundled]);
  const fromManifest = installed.flatMap((dependency) => {
    const reason = isBundled(dependency)
      ? `depends on ${dependency}, which no registry has; list it under "devDependencies": it is bundled`
      : familyBreach(dependency, name, floor);
    return reason === undefined
      ? []
      : [{ file: manifestFile, line: lineOfKey(checked.manifestText, dependency), reason }];
  });
  const fromSources = checked.sources.flatMap((source) =>
    readUses(source.text).flatMap((use) => {
      const reason =
        use.kind === "global"
          ? globalBreach(use.name, source, floor)
          : moduleBreach(use, source, checked, floor, declared);
      return reason === undefined ? [] : [{ file: source.path, line: use.line, reason }];
    }),
  );
  return [...fromManifest, ...fromSources];
}

function floorOf(directory: string, name: string): Floor | undefined {
  return directory.startsWith("apps/") ? app : libraries.get(name.replace(scope, ""));
}

function moduleBreach(
  use: Extract<Use, { readonly kind: "module" }>,
  source: SourceFile,
  checked: PackageFiles,
  floor: Floor,
  declared: ReadonlySet<string>,
): string | undefined {
  const { specifier } = use;
  if (specifier.startsWith(".")) return relativeBreach(specifier, source, checked.directory);
  if (isBuiltin(specifier)) return builtinBreach(specifier, source, floor);
  const packageName = packageNameOf(specifier);
  if (packageName === checked.manifest.name) return undefined;
  const reason = familyBreach(packageName, checked.manifest.name ?? "", floor);
  if (reason !== undefined) return reason;
  const { devDependencies = {} } = checked.manifest;
  const isCarriedAlong =
    bundledSources.test(source.inSource) && Object.hasOwn(devDependencies, packageName);
  return declared.has(packageName) || isCarriedAlong
    ? undefined
    : `imports ${specifier}, which its package.json does not declare; add ${packageName} to "${isBundled(packageName) ? "devDependencies" : "dependencies"}"`;
}

function isBundled(packageName: string): boolean {
  return libraries.get(packageName.replace(scope, ""))?.isBundled === true;
}

function familyBreach(dependency: string, name: string, floor: Floor): string | undefined {
  if (!dependency.startsWith(scope) || floor.imports.includes(dependency.replace(scope, ""))) {
    return undefined;
  }
  const allowed =
    floor.imports.map((lower) => scope + lower).join(", ") || "no package of the family";
  return `imports ${dependency}; ${name} may import ${allowed}: move what is shared to a floor below both, or take it as a parameter`;
}

function relativeBreach(
  specifier: string,
  source: SourceFile,
  directory: string,
): string | undefined {
  const target = posix.join(posix.dirname(source.path), specifier);
  return target.startsWith(`${directory}/`)
    ? undefined
    : `imports ${specifier}, a file of another package; import that package by its name`;
}

function builtinBreach(specifier: string, source: SourceFile, floor: Floor): string | undefined {
  const [module = ""] = specifier.replace(/^node:/, "").split("/");
  return outsideModules.has(module) && !mayReachOut(source, floor)
    ? `imports ${specifier}; a library touches neither disk nor network: take the bytes, or a function that fetches them, as a parameter`
    : undefined;
}

function globalBreach(
  name: Extract<Use, { readonly kind: "global" }>["name"],
  source: SourceFile,
  floor: Floor,
): string | undefined {
  if (name === "wall clock") {
    return wallClockPlaces.has(source.path)
      ? undefined
      : "reads the wall clock; measure durations with performance.now(), which nobody can set, or take the time as a parameter. A time that is stored, printed or signed: name the file and the reason in tooling/floors/src/wall-clock.ts";
  }
  if (floor === app) return undefined;
  switch (name) {
    case "fetch":
      return mayReachOut(source, floor)
        ? undefined
        : "calls fetch; a library does not touch the network: take a function that fetches as a parameter";
    case "process.env":
      return "reads process.env; a library reads no environment: take the setting as an option";
    case "console":
      return "uses console; a library does no logging: return what happened, or throw";
  }
}

function mayReachOut(source: SourceFile, floor: Floor): boolean {
  return floor.reachesOutIn?.test(source.inSource) === true;
}

function packageNameOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function lineOfKey(text: string, key: string): number {
  const before = text.slice(0, Math.max(0, text.lastIndexOf(`"${key}"`)));
  return before.split("\n").length;
}
