import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { repositoryRoot } from "@mailseal/testkit";

const execute = promisify(execFile);

// An outer npm or pnpm describes its own project in the environment; only the settings of the registry
// apply to other projects as well.
const settingsOfOuterRun =
  /^(?:p?npm_(?!config_(?:cache|registry|userconfig|globalconfig|proxy|https_proxy|noproxy|cafile)$)|INIT_CWD$)/i;

const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !settingsOfOuterRun.test(name)),
  ),
  // Deno asks its maker for a newer version otherwise.
  DENO_NO_UPDATE_CHECK: "1",
};

/** Runs a program and resolves to its standard output. Rejects with its whole output if it fails. */
export async function run(
  program: string,
  programArguments: readonly string[],
  workingDirectory: string,
): Promise<string> {
  try {
    const { stdout } = await execute(program, programArguments, {
      cwd: workingDirectory,
      env: environment,
      maxBuffer: 64 * 1024 * 1024,
      timeout: 120_000,
    });
    return stdout;
  } catch (error) {
    const { stdout } = error as { readonly stdout?: unknown };
    throw new Error(`${String(error)}\n${String(stdout ?? "")}`, { cause: error });
  }
}

/** As `run`, and rejects if the program complains, even if it succeeds. */
export async function runQuietly(
  program: string,
  programArguments: readonly string[],
  workingDirectory: string,
): Promise<string> {
  const { stdout, stderr } = await execute(program, programArguments, {
    cwd: workingDirectory,
    env: environment,
    timeout: 120_000,
  });
  if (stderr !== "") throw new Error(`expected no complaints, got: ${stderr}`);
  return stdout;
}

/** Starts a program, resolves to the first line that it prints, and stops it. */
export async function firstLine(
  program: string,
  programArguments: readonly string[],
  workingDirectory: string,
): Promise<string> {
  const running = spawn(program, programArguments, {
    cwd: workingDirectory,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 120_000,
  });
  try {
    for await (const line of createInterface(running.stdout)) {
      return line;
    }
    return "";
  } finally {
    running.kill();
  }
}

export function npm(npmArguments: readonly string[], workingDirectory: string): Promise<string> {
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  return run("npm", [...npmArguments, ...quiet], workingDirectory);
}

/** The path of a program that is installed in the workspace. */
export function workspaceProgram(name: string): string {
  return join(repositoryRoot, "node_modules", ".bin", name);
}
