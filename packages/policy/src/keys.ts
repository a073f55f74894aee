/** The table of domains, selectors and keys, for programs that change it. */
export { KeyDatabase, type KeyRow } from "./keys/key-database.ts";
