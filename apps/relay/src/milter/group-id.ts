import { readFileSync } from "node:fs";
import { MailsealError } from "@mailseal/syntax";

/** The number of a group: itself, or as /etc/group says. Throws a `MailsealError` "socket-group". */
export function groupId(group: string, file = "/etc/group"): number {
  if (/^\d+$/.test(group)) {
    return Number(group);
  }
  const entry = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === group);
  if (entry === undefined) {
    throw new MailsealError(
      "socket-group",
      `expected socketGroup to be a group of ${file} or a number, got ${JSON.stringify(group)}`,
    );
  }
  return Number(entry[2]);
}
