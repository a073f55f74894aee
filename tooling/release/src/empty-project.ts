import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readmeExample, repositoryRoot } from "@mailseal/testkit";
import { npm, run, workspaceProgram } from "./commands.ts";
import type { Publishable } from "./publishable.ts";

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2023"],
  module: "NodeNext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  outDir: "out",
};

/** Packs a package as it would be published; resolves to the tarball's path. */
export async function packTarball(packed: Publishable, directory: string): Promise<string> {
  await run(workspaceProgram("pnpm"), ["pack", "--pack-destination", directory], packed.directory);
  const fileName = `${packed.name.replace("@", "").replace("/", "-")}-${packed.manifest.version}.tgz`;
  return join(directory, fileName);
}

/**
 * Makes a project in an empty directory that depends only on these tarballs and Node's types, and installs it
 * with npm. The project contains a file that imports every entry point of the package
 * (`entry-points.ts`) and the example of its README (`example.ts`).
 */
export async function installProject(
  directory: string,
  tested: Publishable,
  tarballs: ReadonlyMap<string, string>,
): Promise<void> {
  const dependencies = Object.fromEntries(
    [tested.name, ...tested.needs].map((name) => [name, `file:${tarballs.get(name) ?? ""}`]),
  );
  const manifest = {
    private: true,
    type: "module",
    dependencies,
    devDependencies: {
      "@types/node": await workspaceVersion("@types/node", repositoryRoot),
      ...(await versionsOf(tested.peers, tested.directory)),
    },
  };
  // The types of dependencies need not satisfy our strictest settings.
  const checked = { ...compilerOptions, skipLibCheck: tested.peers.length > 0 };
  const imports = tested.entryPoints.map(
    (entryPoint, index) => `export * as entryPoint${index} from ${JSON.stringify(entryPoint)};\n`,
  );
  // Without a README the example is empty, which fails the test of that package only.
  const readme = await readFile(join(tested.directory, "README.md"), "utf8").catch(() => "");
  const files = {
    "package.json": JSON.stringify(manifest),
    "tsconfig.json": JSON.stringify({ compilerOptions: checked, include: ["*.ts"] }),
    "entry-points.ts": imports.join(""),
    "example.ts": readmeExample(readme) ?? "",
  };
  await mkdir(directory, { recursive: true });
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text)),
  );
  await npm(["install", "--prefer-offline"], directory);
}

/** The sorted names of the installed packages, without development dependencies. */
export async function installedPackages(directory: string): Promise<readonly string[]> {
  const lockFile = join(directory, "node_modules", ".package-lock.json");
  const { packages } = JSON.parse(await readFile(lockFile, "utf8")) as {
    readonly packages: Readonly<
      Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>
    >;
  };
  const names = Object.entries(packages)
    .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  // A package may be installed in two versions.
  return [...new Set(names)].toSorted();
}

/** Type-checks the project and compiles it into `out`; resolves to the compiler's complaints, if any. */
export async function compileProject(directory: string): Promise<string> {
  return run(workspaceProgram("tsc"), [], directory).catch(String);
}

async function versionsOf(
  names: readonly string[],
  directory: string,
): Promise<Readonly<Record<string, string>>> {
  const versions = names.map(async (name) => [name, await workspaceVersion(name, directory)]);
  return Object.fromEntries(await Promise.all(versions));
}

async function workspaceVersion(name: string, directory: string): Promise<string> {
  const manifest = join(directory, "node_modules", name, "package.json");
  return (JSON.parse(await readFile(manifest, "utf8")) as { readonly version: string }).version;
}
