import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import { quoted } from "@mailseal/errors";
import { SigningError, type SigningStream } from "@mailseal/signer";
import { SpillFile } from "@mailseal/spill-file";

export interface SpoolLimits {
  readonly maxMemoryBytes: number;
  /** Default: the system's temporary directory. */
  readonly temporaryDirectory: string | undefined;
}

/**
 * The message with its signatures on top. They are known only after its last byte, so the message is kept until then:
 * its beginning in memory, the rest in a temporary file. An error of the input or of the signer is an error of this
 * stream, which has no byte of the message then.
 */
export function signedStream(
  input: Readable,
  signing: SigningStream,
  limits: SpoolLimits,
): Readable {
  const output = Readable.from(signedPieces(input, signing, limits), { objectMode: false });
  // It may come before anybody reads.
  input.once("error", (error) => output.destroy(error));
  return output;
}

async function* signedPieces(
  input: Readable,
  signing: SigningStream,
  { maxMemoryBytes, temporaryDirectory = tmpdir() }: SpoolLimits,
): AsyncGenerator<Uint8Array> {
  const beginning: Uint8Array[] = [];
  let beginningBytes = 0;
  let file: SpillFile | undefined;
  const keep = async (bytes: Uint8Array): Promise<void> => {
    if (file === undefined && beginningBytes + bytes.length <= maxMemoryBytes) {
      beginning.push(bytes);
      beginningBytes += bytes.length;
      return;
    }
    file ??= await createFile(temporaryDirectory);
    await file.append(bytes);
  };
  try {
    for await (const chunk of input as AsyncIterable<string | Uint8Array>) {
      await keep(signing.write(typeof chunk === "string" ? Buffer.from(chunk) : chunk));
    }
    const { fields, rest } = signing.finish();
    await keep(rest);
    yield Buffer.from(fields);
    yield* beginning;
    if (file !== undefined) yield* file.chunks();
  } finally {
    await file?.close();
  }
}

async function createFile(directory: string): Promise<SpillFile> {
  try {
    return await SpillFile.create(directory);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "failed";
    throw new SigningError(
      "bad-option",
      `temporaryDirectory: expected a directory that this program can write to, got ${quoted(directory)} (${code}: ${reasons.get(code) ?? "it cannot be used"}); create it, or leave the option out to use that of the system`,
      { cause },
    );
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["ENOENT", "there is no such directory"],
  ["ENOSPC", "the disk is full"],
  ["ENOTDIR", "not a directory"],
  ["EROFS", "the file system is read-only"],
]);
