import type { FileProblem } from "@mailseal/config/secrets";
import type { PrivateKey } from "@mailseal/crypto";

/**
 * What looking for a key gives. Reasons and remedies are single printable lines and hold nothing of a key;
 * a reason begins with the file.
 * - `missing`: there is no such file
 * - `unusable`: it is there and cannot be used: its permissions, its content, its passphrase
 * - `fault`: the system failed for the time being; never cached
 */
export type KeyAnswer = { readonly status: "found"; readonly key: PrivateKey } | FileProblem;

export type KeyProblem = FileProblem;
