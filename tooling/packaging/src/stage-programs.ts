import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundlePackage, bundleProgram } from "./bundle.ts";
import { manifestOf, type Program, sourceOf } from "./programs.ts";
import { type ThirdParty, thirdPartiesOf, thirdPartyIn } from "./third-party.ts";
import { readManifest, workspace } from "./workspace.ts";

/** What was staged, as far as its files do not tell. */
export interface Staged {
  /** The packages of others in it. */
  readonly thirdParties: readonly ThirdParty[];
}

/**
 * Writes all files that programs need at run time, apart from Node itself, into a folder:
 *
 *     FOLDER/relay/mailseal-relay.js   the program; files beside it have the parts that it loads later
 *     FOLDER/relay/package.json        its name and version
 *     FOLDER/relay/demo, ...           what it reads
 *     FOLDER/node_modules/             packages that programs find by their names
 *
 * The packages of the workspace must have been built. The same workspace gives the same bytes.
 */
export async function stagePrograms(programs: readonly Program[], to: string): Promise<Staged> {
  const modules: string[] = [];
  const installed: ThirdParty[] = [];
  for (const program of programs) {
    const folder = join(to, program.folder);
    mkdirSync(folder, { recursive: true });
    modules.push(...(await bundleProgram(program, folder)).modules);
    const { name, version } = manifestOf(program);
    writeJson(join(folder, "package.json"), { name, version, type: "module" });
    for (const file of program.files) {
      cpSync(join(sourceOf(program), file), join(folder, file), { recursive: true });
    }
  }
  modules.push(...(await stageForge(to)));
  if (programs.some(({ folder }) => folder === "relay")) installed.push(stageCharts(to));
  const thirdParties = [...thirdPartiesOf(modules), ...installed].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return { thirdParties };
}

/** node-forge, which `@mailseal/crypto` loads by its name for keys that OpenSSL refuses. */
async function stageForge(to: string): Promise<readonly string[]> {
  const resolve = createRequire(join(workspace, "packages/crypto/package.json")).resolve;
  const source = dirname(resolve("node-forge/package.json"));
  const target = join(to, "node_modules/node-forge");
  mkdirSync(target, { recursive: true });
  const { modules } = await bundlePackage(resolve("node-forge"), join(target, "index.js"));
  const { name, version } = readManifest(source);
  writeJson(join(target, "package.json"), { name, version, main: "index.js" });
  return modules;
}

/** uPlot, which the relay serves to browsers as it is. */
function stageCharts(to: string): ThirdParty {
  const resolve = createRequire(join(workspace, "apps/relay/package.json")).resolve;
  const source = dirname(dirname(resolve("uplot/dist/uPlot.min.css")));
  const target = join(to, "node_modules/uplot");
  for (const file of ["package.json", "dist/uPlot.min.css", "dist/uPlot.esm.js"]) {
    cpSync(join(source, file), join(target, file));
  }
  return thirdPartyIn(source);
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
