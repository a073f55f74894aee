import type { FileProblem } from "@mailseal/config/secrets";
import type { PrivateKey } from "@mailseal/crypto";

/**
 * The outcome of looking for a key. Reasons and remedies are single printable lines and contain no part of a key;
 * a reason begins with the file.
 * - `missing`: there is no such file
 * - `unusable`: the file exists and cannot be used, because of its permissions, its content or its passphrase
 * - `fault`: the system failed for the moment; never cached
 */
export type KeyAnswer = { readonly status: "found"; readonly key: PrivateKey } | FileProblem;

export type KeyProblem = FileProblem;
