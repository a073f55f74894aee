import {
  type PermissionWarning,
  readSecretFile,
  type SecretFileRules,
} from "@mailseal/config/secrets";
import { KeyError, type KeyErrorCode, loadPrivateKey } from "@mailseal/crypto";
import type { KeyAnswer } from "./key-answer.ts";
import type { KeyRequest } from "./key-request.ts";

const replaced =
  "put the private key there from its backup, or make a new pair with mailseal keygen and publish it";
const remedies: Partial<Record<KeyErrorCode, string>> = {
  "key-encrypted": "set passphraseFile, or store the key unencrypted",
  "passphrase-wrong": "correct the first line of passphraseFile",
};

/** Reads and parses a key. Never rejects; nothing of the key is in a reason. */
export async function loadKey(
  { place, passphraseFile }: KeyRequest,
  rules: SecretFileRules,
  onWarning: (warning: PermissionWarning) => void,
): Promise<KeyAnswer> {
  const from = place.kind === "file" ? JSON.stringify(place.path) : "keyText";
  let input: string | Buffer;
  if (place.kind === "file") {
    const file = await readSecretFile(place.path, rules);
    if (file.status !== "read") return file;
    if (file.warning !== undefined) onWarning(file.warning);
    input = file.bytes;
  } else {
    input = place.text;
  }
  if (input.length === 0) {
    return { status: "unusable", reason: `${from}: it is empty`, remedy: replaced };
  }
  if (passphraseFile === undefined) {
    return parseKey(input, undefined, from);
  }
  const file = await readSecretFile(passphraseFile, rules);
  if (file.status !== "read") {
    // The key exists: without its passphrase it is unusable and not missing.
    return file.status === "missing" ? { ...file, status: "unusable" } : file;
  }
  if (file.warning !== undefined) onWarning(file.warning);
  return parseKey(input, file.bytes.toString("utf8").split(/\r?\n/, 1)[0], from);
}

function parseKey(input: string | Buffer, passphrase: string | undefined, from: string): KeyAnswer {
  try {
    return {
      status: "found",
      key: loadPrivateKey(input, passphrase === undefined ? {} : { passphrase }),
    };
  } catch (error) {
    // A KeyError contains no part of the key; other errors might.
    const known = error instanceof KeyError ? error : undefined;
    return {
      status: "unusable",
      reason: `${from}: ${known?.message ?? "it cannot be read as a private key"}`,
      remedy: (known === undefined ? undefined : remedies[known.code]) ?? replaced,
    };
  }
}
