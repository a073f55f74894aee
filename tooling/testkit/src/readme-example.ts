import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The first ```ts block of a README; undefined if it has none. */
export function readmeExample(readme: string): string | undefined {
  return codeBlocks(readme, "ts")[0];
}

/** The code blocks of a Markdown text in a language, in their order. */
export function codeBlocks(markdown: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}[^\\S\\n]*\\n(.*?)^\`\`\``, "gmsu");
  return [...markdown.matchAll(fence)].map(([, code = ""]) => code);
}

/**
 * Runs the first ```ts block of the package's README.md and resolves to what it printed. Rejects, with the
 * output, if there is no such block, or it fails, takes over a minute or prints nothing.
 *
 * The package must be built: the example imports it by name, as a user does.
 */
export async function runReadmeExample(packageDir: string): Promise<{ readonly stdout: string }> {
  const readmePath = join(packageDir, "README.md");
  const example = readmeExample(await readFile(readmePath, "utf8"));
  if (example === undefined) throw new Error(`${readmePath} has no \`\`\`ts block to run`);
  // In another folder, so that an example that needs a file of the repository fails here, not on a user's machine.
  const workingDirectory = await mkdtemp(join(tmpdir(), "mailseal-readme-"));
  try {
    return await runExample(example, { packageDir, workingDirectory });
  } catch (error) {
    throw new Error(`The example of ${readmePath} does not run: ${describeFailure(error)}`, {
      cause: error,
    });
  } finally {
    await rm(workingDirectory, { recursive: true, force: true });
  }
}

export interface ExamplePlace {
  /** Imports are those of this package: a package can import itself by name only from its own folder. */
  readonly packageDir: string;
  readonly workingDirectory: string;
  /** A module that is loaded first. */
  readonly preload?: string;
}

/** Runs a program and resolves to what it printed. Rejects if it fails, takes over a minute or prints nothing. */
export async function runExample(
  code: string,
  { packageDir, workingDirectory, preload }: ExamplePlace,
): Promise<{ readonly stdout: string }> {
  const file = join(packageDir, `.readme-example-${randomUUID()}.ts`);
  try {
    await writeFile(file, code);
    const loaded = preload === undefined ? [] : ["--import", preload];
    const { stdout } = await run(process.execPath, [...loaded, file], {
      cwd: workingDirectory,
      timeout: 60_000,
    });
    if (stdout.trim() === "") throw new Error("it printed nothing");
    return { stdout };
  } finally {
    await rm(file, { force: true });
  }
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The message of a failed execFile ends with its standard error.
  const { stdout } = error as { readonly stdout?: unknown };
  return typeof stdout === "string" && stdout !== ""
    ? `${error.message}\n${stdout}`
    : error.message;
}
