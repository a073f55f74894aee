/** Text tables that the config names: the sender addresses of each login, and the recipients that exist. */
export { LoginMap, readLoginMap } from "./files/login-map.ts";
export { addressText, type PlainAddress, plainAddress } from "./files/plain-address.ts";
export { readRecipients, RecipientTable } from "./files/recipient-table.ts";
