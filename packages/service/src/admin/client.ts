/** Requests to the admin server of a running program. It loads nothing else, so that a command starts quickly. */
export { type AdminAnswer, type AdminRequest, askAdmin } from "./admin-request.ts";
export { askKeyCheck, type KeyCheck, type KeyToCheck } from "./ask-key-check.ts";
