import process from "node:process";

/** Only root can give files to other users, as a setup does. */
export const isRootMissing: boolean = process.geteuid?.() !== 0 && process.env["CI"] === undefined;
