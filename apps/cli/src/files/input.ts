import { createReadStream } from "node:fs";
import { stdin } from "node:process";
import { MailsealError } from "@mailseal/errors";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** What stands for standard input where a file is named. */
export const standardInput = "-";

const chunkBytes = 1 << 20;

/** The bytes of a file or of standard input, in pieces. Throws a `CommandFailure` where they cannot be read. */
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
        `${nameOf(file)}: expected at most ${maxBytes} bytes, got more; is this the right file?`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** For people: standard input has no name. */
export function nameOf(file: string): string {
  return file === standardInput ? "standard input" : file;
}

/** A text file of at most `maxBytes`, for example a zone. */
export async function readText(file: string, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await readWhole(file, maxBytes));
}

/** What a library refuses in a file that could be read, for example a header without end, as a `CommandFailure`. */
export function asUnusable(file: string, error: unknown): unknown {
  return error instanceof MailsealError
    ? new CommandFailure(exitCode.unreadable, `${nameOf(file)}: ${error.message}`)
    : error;
}

const meanings: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "permission denied"],
  ["EISDIR", "it is a directory"],
  ["ENOTDIR", "a part of the path is not a directory"],
]);

/** What a system call says of a file, as a `CommandFailure`. */
export function cannotRead(file: string, error: unknown): CommandFailure {
  const meaning = whyUnreadable(error);
  return new CommandFailure(exitCode.unreadable, `cannot read ${nameOf(file)}: ${meaning}`);
}

/** Why a file cannot be read, in words. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return meanings.get(code) ?? (code || "reading failed");
}
