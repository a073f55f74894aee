import { constants } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type FileProblem, fileProblem, unusableFile } from "./file-problem.ts";

/** The permissions that others than the owner may have on a file, and its largest size. */
export interface SecretFileRules {
  /** What to do with a file that others may read. */
  readonly checkPermissions: "refuse" | "warn" | "off";
  /** Use a file that others could change or replace, because they may write it or its directory. */
  readonly allowWritable: boolean;
  /** Default: 64 KB. */
  readonly maxBytes?: number;
}

/**
 * Nobody but the owner may write it, and nobody but the owner and the group may read it: for tokens and passwords.
 *
 * ```ts
 * const token = await readSecretFile("/etc/mailseal/admin-token", strictRules);
 * ```
 */
export const strictRules: SecretFileRules = { checkPermissions: "refuse", allowWritable: false };

/**
 * For files of users, of which there may be 150,000.
 *
 * ```ts
 * const users = await readSecretFile("/etc/mailseal/users", usersRules);
 * ```
 */
export const usersRules: SecretFileRules = { ...strictRules, maxBytes: 16 * 1024 * 1024 };

/** For tables that are not secret, but decide from whom and for whom mail is accepted. */
export const tableRules: SecretFileRules = {
  checkPermissions: "off",
  allowWritable: false,
  maxBytes: 64 * 1024 * 1024,
};

/** A file that others than its owner and group may read. */
export interface PermissionWarning {
  readonly path: string;
  /** Octal, as chmod takes it. */
  readonly mode: string;
}

/** The content of a file, or why it cannot be used. */
export type SecretFile =
  | { readonly status: "read"; readonly bytes: Buffer; readonly warning?: PermissionWarning }
  | FileProblem;

const defaultMaxBytes = 64 * 1024;
const pieceBytes = 64 * 1024;
const byOthers = 0o007;
const writableByOthers = 0o022;
const writableByEverybody = 0o002;
const sticky = 0o1000;

/**
 * Reads a key, passphrase, token or table file: a regular file of bounded size whose permissions follow the rules.
 *
 * ```ts
 * const file = await readSecretFile("/etc/mailseal/keys/example.com/mail2026.key", strictRules);
 * if (file.status === "read") use(file.bytes);
 * else console.error(`${file.reason}: ${file.remedy}`);
 * ```
 */
export async function readSecretFile(path: string, rules: SecretFileRules): Promise<SecretFile> {
  let file: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readChecked(file, path, rules);
  } catch (error) {
    return await fileProblem(path, error);
  } finally {
    await file?.close();
  }
}

async function readChecked(
  file: FileHandle,
  path: string,
  { checkPermissions, allowWritable, maxBytes = defaultMaxBytes }: SecretFileRules,
): Promise<SecretFile> {
  const state = await file.stat();
  if (!state.isFile()) {
    const what = state.isDirectory() ? "a directory" : "a FIFO, socket or device";
    return unusableFile(
      path,
      `expected a regular file, got ${what}`,
      "put the file itself there, or correct the path",
    );
  }
  if (!allowWritable && hasBits(state.mode, writableByOthers)) {
    return unusableFile(
      path,
      `its group or others may write it (mode ${octal(state.mode)}), so somebody else could have changed its content`,
      `check its content, then chmod ${checkPermissions === "off" ? "go-w" : "600 or 640"}`,
    );
  }
  const isOpen = checkPermissions !== "off" && hasBits(state.mode, byOthers);
  if (isOpen && checkPermissions === "refuse") {
    return unusableFile(
      path,
      `everybody may read it (mode ${octal(state.mode)})`,
      "chmod 600 or 640; if strangers could log in on this machine, also make a new secret",
    );
  }
  if (!allowWritable) {
    const problem = await replaceable(path);
    if (problem !== undefined) return problem;
  }
  const bytes = await readBounded(file, maxBytes);
  if (bytes === undefined) {
    return unusableFile(
      path,
      `expected at most ${maxBytes} bytes, got more`,
      "put the right file there, or correct the path",
    );
  }
  return isOpen
    ? { status: "read", bytes, warning: { path, mode: octal(state.mode) } }
    : { status: "read", bytes };
}

/**
 * In a directory that everybody may write, everybody can replace the file, unless the sticky bit reserves that for the
 * owner. Directories that a group may write are common and their groups are known, so they are allowed.
 */
async function replaceable(path: string): Promise<FileProblem | undefined> {
  // Both a symbolic link and its target can be replaced.
  for (const directory of new Set([dirname(path), dirname(await realpath(path))])) {
    const { mode } = await stat(directory);
    if (hasBits(mode, writableByEverybody) && !hasBits(mode, sticky)) {
      return unusableFile(
        path,
        `everybody may replace it: its directory is writable by all (mode ${octal(mode)})`,
        `check its content, then chmod o-w ${JSON.stringify(directory)}`,
      );
    }
  }
  return undefined;
}

/** Undefined if the file is longer. The size from stat is not reliable: a file can grow, and files in /proc report 0. */
async function readBounded(file: FileHandle, maxBytes: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let filled = 0;
  while (filled <= maxBytes) {
    const piece = Buffer.alloc(Math.min(pieceBytes, maxBytes + 1 - filled));
    const { bytesRead } = await file.read(piece, 0, piece.length);
    if (bytesRead === 0) return Buffer.concat(pieces, filled);
    pieces.push(piece.subarray(0, bytesRead));
    filled += bytesRead;
  }
  return undefined;
}

function hasBits(mode: number, bits: number): boolean {
  return (mode & bits) !== 0;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
