import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { lstat, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

/**
 * A machine that a command examines or changes. Everything that `setup` and `doctor` know of a machine passes through it,
 * so that tests can put a directory with a few scripts in the place of a whole system.
 */
export interface Host {
  /** The directory that holds the machine's files: "/" for this machine. */
  readonly root: string;
  /** Runs a program of the machine and waits for it. Never rejects for what the program does. */
  readonly run: (
    program: string,
    args: readonly string[],
    options?: RunOptions,
  ) => Promise<CommandResult>;
}

interface RunOptions {
  /** Standard input; nothing by default. */
  readonly input?: string | Uint8Array;
  /** Default 60,000. */
  readonly timeoutMs?: number;
  /** Ends the program. */
  readonly signal?: AbortSignal;
}

export type CommandResult =
  | {
      readonly status: "ended";
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  /** The machine has no such program. */
  | { readonly status: "absent" }
  /** The program was killed, or did not end in time. */
  | { readonly status: "broken"; readonly reason: string };

/** The kind, owner and permissions of a file, without following a symbolic link. */
export interface FileState {
  readonly kind: "file" | "directory" | "socket" | "link" | "other";
  /** Permission bits, as chmod takes them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
}

/** As root's own PATH on Debian; /usr/sbin is not in everybody's. */
const searchPath = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
] as const;

const defaultTimeoutMs = 60_000;
const maxOutputCharacters = 16 * 1024 * 1024;

/** The machine with its files below `root`. Its programs are started from there, but not in a chroot. */
export function hostAt(root: string): Host {
  return {
    root,
    run: (program, args, options) => {
      const path = programPath(root, program);
      return path === undefined
        ? Promise.resolve({ status: "absent" })
        : runProgram(path, args, options);
    },
  };
}

/** This machine. */
export const thisHost: Host = hostAt("/");

/** The path by which this process opens a file of the host. */
export function pathOn({ root }: Host, path: string): string {
  return root === "/" ? path : join(root, path);
}

/** Whether the host has a program of that name, in the usual directories or at an absolute path. */
export function hasProgram({ root }: Host, program: string): boolean {
  return programPath(root, program) !== undefined;
}

/** The absolute path of a program on the host; undefined if it has none. */
export function programOn({ root }: Host, program: string): string | undefined {
  const path = programPath(root, program);
  return path === undefined || root === "/" ? path : path.slice(root.length);
}

/**
 * The text of a file; undefined if there is none. Rejects if it cannot be read. With "latin1", a file of any charset can be
 * changed and written back without damage.
 */
export async function readTextOn(
  host: Host,
  path: string,
  encoding: "utf8" | "latin1" = "utf8",
): Promise<string | undefined> {
  try {
    return await readFile(pathOn(host, path), encoding);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Undefined if there is no such file. */
export async function fileStateOn(host: Host, path: string): Promise<FileState | undefined> {
  try {
    const found = await lstat(pathOn(host, path));
    const kind = found.isFile()
      ? "file"
      : found.isDirectory()
        ? "directory"
        : found.isSocket()
          ? "socket"
          : found.isSymbolicLink()
            ? "link"
            : "other";
    const { uid, gid, size } = found;
    return { kind, mode: found.mode & 0o7777, uid, gid, sizeBytes: size };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The names in a directory, sorted; none if there is no such directory. */
export async function namesOn(host: Host, directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(pathOn(host, directory))).toSorted();
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** The standard output of a program that ended well; undefined for anything else. */
export function outputOf(result: CommandResult): string | undefined {
  return result.status === "ended" && result.code === 0 ? result.stdout : undefined;
}

/** A command as a person types it in a shell. */
export function commandLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}

/** Why a command did not do its work, in one line: its own words if it has any. */
export function failureOf(program: string, result: CommandResult): string | undefined {
  switch (result.status) {
    case "absent":
      return `there is no program ${program}`;
    case "broken":
      return `${program} ${result.reason}`;
    case "ended": {
      if (result.code === 0) return undefined;
      const lines = (result.stderr.trim() || result.stdout.trim()).split("\n");
      const last = lines.at(-1)?.trim() ?? "";
      return last === "" ? `${program} ended with exit code ${result.code}` : last;
    }
  }
}

function programPath(root: string, program: string): string | undefined {
  const places = program.startsWith("/")
    ? [program]
    : searchPath.map((directory) => `${directory}/${program}`);
  return places
    .map((place) => (root === "/" ? place : join(root, place)))
    .find((place) => isExecutable(place));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runProgram(
  path: string,
  args: readonly string[],
  { input, timeoutMs = defaultTimeoutMs, signal }: RunOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(path, args, {
      // Their words are compared, so they must be in English.
      env: { ...process.env, PATH: searchPath.join(":"), LC_ALL: "C" },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    const stop = (): void => void child.kill("SIGTERM");
    signal?.addEventListener("abort", stop, { once: true });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        if (output[name].length < maxOutputCharacters) output[name] += chunk;
      });
    }
    child.once("error", (error) => resolve({ status: "broken", reason: error.message }));
    child.once("close", (code, killedBy) => {
      signal?.removeEventListener("abort", stop);
      resolve(
        code === null
          ? { status: "broken", reason: `was ended by ${killedBy ?? "a signal"}` }
          : { status: "ended", code, ...output },
      );
    });
    // A program that reads no input has closed it.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

function isAbsence(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}
