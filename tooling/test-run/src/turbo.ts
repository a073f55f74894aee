import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The absolute path of the repository. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

const binaries = join(root, "node_modules", ".bin");
const turboProgram = join(binaries, "turbo");
const environment = {
  ...process.env,
  // Turbo calls pnpm and the tests call node; both must be the ones of the workspace.
  PATH: `${binaries}${delimiter}${process.env["PATH"] ?? ""}`,
  TURBO_TELEMETRY_DISABLED: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
};

/** A package with a "test" script. */
export interface TestedPackage {
  readonly name: string;
  /** Relative to {@link root}. */
  readonly directory: string;
}

interface Plan {
  readonly tasks: readonly {
    readonly task: string;
    readonly package: string;
    readonly directory: string;
    /** The script in package.json, or "<NONEXISTENT>". */
    readonly command: string;
  }[];
}

/** Runs turbo, passes on its output, and returns its exit code, or 1 if a signal ended it. */
export function turbo(options: readonly string[]): number {
  const { status, error } = spawnSync(turboProgram, ["run", ...options], {
    cwd: root,
    env: environment,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

/** The packages that `turbo run test` with these options would test. */
export function testedPackages(options: readonly string[]): readonly TestedPackage[] {
  const { status, stdout, error } = spawnSync(
    turboProgram,
    ["run", "test", "--dry=json", ...options],
    {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
      maxBuffer: Infinity,
    },
  );
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`turbo cannot plan the tests: it ended with exit code ${status}`);
  const { tasks } = JSON.parse(stdout) as Plan;
  return tasks
    .filter(({ task, command }) => task === "test" && command !== "<NONEXISTENT>")
    .map((task) => ({ name: task.package, directory: task.directory }));
}
