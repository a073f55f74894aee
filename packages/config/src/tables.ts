/** Text tables that the config names: the sender addresses of each login, and the recipients that exist. */
export { LoginMap } from "./files/login-map.ts";
export { addressText, type PlainAddress, plainAddress } from "./files/plain-address.ts";
export { readLoginMap } from "./files/read-login-map.ts";
export { readRecipients } from "./files/read-recipients.ts";
export { RecipientTable } from "./files/recipient-table.ts";
