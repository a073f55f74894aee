import { KeyError, loadPrivateKey, type PrivateKey } from "@mailseal/crypto";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { readText, readWhole } from "./input.ts";

const maxKeyBytes = 64 * 1024;

export interface KeyFileOptions {
  /** A file whose first line is the passphrase; on the command line, other users could see it. */
  readonly passphraseFile?: string;
}

/** Loads a private key. A failure never contains its bytes. */
export async function readKey(file: string, options: KeyFileOptions = {}): Promise<PrivateKey> {
  const bytes = await readWhole(file, maxKeyBytes);
  const passphrase =
    options.passphraseFile === undefined
      ? undefined
      : (await readText(options.passphraseFile, maxKeyBytes)).split(/\r?\n/, 1)[0];
  try {
    return loadPrivateKey(bytes, passphrase === undefined ? {} : { passphrase });
  } catch (error) {
    if (error instanceof KeyError) {
      throw new CommandFailure(exitCode.unreadable, `${file}: ${error.message}`);
    }
    throw error;
  }
}
