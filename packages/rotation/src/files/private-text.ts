import { readFile, stat } from "node:fs/promises";

const maxFileOctets = 16_384;
/** Permission bits: any access by others, or write access by the group. */
const tooWide = 0o027;

/**
 * Reads a small file with a secret that nobody else can read or change. `what` is its kind, for the messages of `problem`,
 * which never contain a part of the secret.
 */
export async function readPrivateText(
  file: string,
  what: string,
  problem: (message: string) => Error,
): Promise<string> {
  const state = await stat(file).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
    throw problem(`cannot read the ${what} ${file}: ${code}`);
  });
  const { mode, size } = state;
  const article = /^[AEIOU]/i.test(what) ? "an" : "a";
  if (!state.isFile()) {
    throw problem(`${file} is not a regular file; expected ${article} ${what}`);
  }
  if ((mode & tooWide) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    throw problem(
      `other users can read or change the ${what} ${file} (mode ${octal}); chmod it to 600 or 640`,
    );
  }
  if (size > maxFileOctets) {
    throw problem(
      `${file} has ${size} octets; expected ${article} ${what} of at most ${maxFileOctets}`,
    );
  }
  return readFile(file, "utf8");
}
