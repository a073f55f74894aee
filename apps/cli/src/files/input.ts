import { createReadStream, type Stats, statSync } from "node:fs";
import { stdin } from "node:process";
import { MailsealError } from "@mailseal/errors";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** The file name that stands for standard input. */
export const standardInput = "-";

const chunkBytes = 1 << 20;

/** The bytes of a file or of standard input, in chunks. Throws a `CommandFailure` if they cannot be read. */
export async function* readChunks(file: string): AsyncGenerator<Uint8Array> {
  try {
    const source =
      file === standardInput ? stdin : createReadStream(file, { highWaterMark: chunkBytes });
    for await (const chunk of source) {
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw cannotRead(file, error);
  }
}

/** A whole file of at most `maxBytes`. */
export async function readWhole(file: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readChunks(file)) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new CommandFailure(
        exitCode.unreadable,
        `${nameOf(file)} is larger than ${maxBytes} bytes, the limit; is this the right file?`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The type of a file; undefined if there is none. Throws a `CommandFailure` if it cannot be determined. */
export function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw cannotRead(file, error);
  }
}

/** The name of a file for messages. */
export function nameOf(file: string): string {
  return file === standardInput ? "standard input" : file;
}

/** A text file of at most `maxBytes`, such as a zone. */
export async function readText(file: string, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await readWhole(file, maxBytes));
}

/** Turns an error about the content of a file, such as a header without end, into a `CommandFailure`. */
export function asUnusable(file: string, error: unknown): unknown {
  return error instanceof MailsealError
    ? new CommandFailure(exitCode.unreadable, `${nameOf(file)}: ${error.message}`)
    : error;
}

const meanings: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "permission denied"],
  ["EISDIR", "it is a directory"],
  ["ELOOP", "its symbolic links go in circles"],
  ["ENOTDIR", "a part of the path is not a directory"],
]);

/** Turns an error of a system call on a file into a `CommandFailure`. */
export function cannotRead(file: string, error: unknown): CommandFailure {
  const meaning = whyUnreadable(error);
  return new CommandFailure(exitCode.unreadable, `cannot read ${nameOf(file)}: ${meaning}`);
}

/** The reason that a file cannot be read, in words. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return meanings.get(code) ?? (code || "reading failed");
}
