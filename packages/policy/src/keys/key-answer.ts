import type { PrivateKey } from "@mailseal/crypto";

/**
 * What looking for a key gives. Reasons are single printable lines and hold nothing of a key.
 * - `missing`: there is no such file
 * - `unusable`: it is there and cannot be used: its permissions, its content, its passphrase
 * - `fault`: the system failed for the time being; never cached
 */
export type KeyAnswer =
  | { readonly status: "found"; readonly key: PrivateKey }
  | { readonly status: "missing" | "unusable" | "fault"; readonly reason: string };

export type KeyProblem = Exclude<KeyAnswer, { readonly status: "found" }>;
