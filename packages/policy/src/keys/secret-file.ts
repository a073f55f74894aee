import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { KeyProblem } from "./key-answer.ts";

export type PermissionCheck = "refuse" | "warn" | "off";

/** A key file that others than its owner and group may use. */
export interface PermissionWarning {
  readonly path: string;
  /** Octal, as chmod takes it. */
  readonly mode: string;
}

export type SecretFile =
  | { readonly status: "read"; readonly bytes: Buffer; readonly warning?: PermissionWarning }
  | KeyProblem;

const maxSecretBytes = 64 * 1024;
/** Read, write or run it by others, or write it by its group. */
const tooWide = 0o027;
const absent: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);
/**
 * What another try, after a while, may not meet again. A key that is there and may not be read is a slip of
 * the administrator's: mail must not leave unsigned for it.
 */
const passing: ReadonlySet<string> = new Set([
  "EACCES",
  "EAGAIN",
  "EBUSY",
  "EIO",
  "EINTR",
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "EPERM",
  "ESTALE",
  "ETIMEDOUT",
]);

/** Reads a key or passphrase file: a regular file of at most 64 KB whose permissions are as asked. */
export async function readSecretFile(path: string, check: PermissionCheck): Promise<SecretFile> {
  let file: FileHandle | undefined;
  try {
    // Opening a FIFO for reading would otherwise wait for a writer.
    // oxlint-disable-next-line no-bitwise -- flags of open(2)
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readChecked(file, path, check);
  } catch (error) {
    return problemOf(error, path);
  } finally {
    await file?.close();
  }
}

async function readChecked(
  file: FileHandle,
  path: string,
  check: PermissionCheck,
): Promise<SecretFile> {
  const state = await file.stat();
  if (!state.isFile()) {
    return unusable(`${quoted(path)}: expected a regular file`);
  }
  if (state.size > maxSecretBytes) {
    return unusable(`${quoted(path)}: expected at most ${maxSecretBytes} bytes, got ${state.size}`);
  }
  // oxlint-disable-next-line no-bitwise -- permission bits
  const wide = check !== "off" && (state.mode & tooWide) !== 0;
  // oxlint-disable-next-line no-bitwise -- permission bits
  const mode = (state.mode & 0o777).toString(8).padStart(4, "0");
  if (wide && check === "refuse") {
    return unusable(`${quoted(path)}: others may use it (mode ${mode}); chmod 600 or 640 mends it`);
  }
  const bytes = await file.readFile();
  return wide ? { status: "read", bytes, warning: { path, mode } } : { status: "read", bytes };
}

function problemOf(error: unknown, path: string): KeyProblem {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  const reason = `${quoted(path)}: ${code}`;
  if (absent.has(code)) {
    return { status: "missing", reason };
  }
  return { status: passing.has(code) ? "fault" : "unusable", reason };
}

function unusable(reason: string): KeyProblem {
  return { status: "unusable", reason };
}

function quoted(path: string): string {
  return JSON.stringify(path);
}
