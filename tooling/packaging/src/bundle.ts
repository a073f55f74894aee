import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type LogLevel, type RolldownLog, type RolldownOutput, rolldown } from "rolldown";
import { lazyBuiltins } from "./lazy-builtins.ts";
import { type Program, sourceOf } from "./programs.ts";

/** What a bundle consists of. */
export interface Bundle {
  /** The absolute paths of all modules in it. */
  readonly modules: readonly string[];
}

/**
 * The modules with which a worker thread or a child process starts, and their packages. Each is started by its path,
 * beside the module that starts it, so that it needs a file of its own with this name.
 */
const startedByPath: ReadonlyMap<string, string> = new Map([
  ["writer-thread-main", "@mailseal/queue"],
  ["hook-process-main", "@mailseal/policy"],
]);

/**
 * Bundles a program with everything that it imports into `NAME.js` in a folder, with files beside it for the parts that
 * it loads later. Nothing but Node's own modules stays outside. The packages of the workspace must have been built.
 */
export async function bundleProgram(program: Program, to: string): Promise<Bundle> {
  const source = sourceOf(program);
  const resolve = createRequire(join(source, "package.json")).resolve;
  const threads = [...startedByPath].map(
    ([name, owner]) => [name, join(dirname(resolve(owner)), `${name}.js`)] as const,
  );
  await using build = await rolldown({
    input: {
      [program.name]: join(source, "bin", `${program.name}.js`),
      ...Object.fromEntries(threads),
    },
    cwd: source,
    platform: "node",
    tsconfig: false,
    plugins: [lazyBuiltins],
    onLog: refuseMissing,
  });
  const output = await build.write({
    dir: to,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    // Names stay as they are, so that a stack trace can be read. The licences are in a file of their own.
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
    comments: { legal: false, annotation: false, jsdoc: false },
  });
  return { modules: modulesIn(output) };
}

/** Bundles one CommonJS package into one file, for programs that load it by its name when they need it. */
export async function bundlePackage(entry: string, file: string): Promise<Bundle> {
  await using build = await rolldown({
    input: entry,
    platform: "node",
    tsconfig: false,
    onLog: refuseMissing,
  });
  const output = await build.write({
    file,
    format: "cjs",
    codeSplitting: false,
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
    comments: { legal: false, annotation: false, jsdoc: false },
  });
  return { modules: modulesIn(output) };
}

function modulesIn({ output }: RolldownOutput): readonly string[] {
  return output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
}

/** An import that cannot be resolved would fail at the operator's. */
function refuseMissing(
  level: LogLevel,
  log: RolldownLog,
  handle: (level: LogLevel, log: RolldownLog) => void,
): void {
  if (log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
  handle(level, log);
}
