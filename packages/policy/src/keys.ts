/** The table of domains, selectors and keys, for programs that change it; and the keys in use, for those that show them. */
export type { KeyAnswer } from "./keys/key-answer.ts";
export { KeyDatabase, type KeyRow } from "./keys/key-database.ts";
export { type DomainWithKeys, domainsWithKeys } from "./signing/domains-with-keys.ts";
export { checkKey, findSigningKeys, type SigningKey } from "./keys/signing-keys.ts";
