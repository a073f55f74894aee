import { createHash, timingSafeEqual } from "node:crypto";
import { readSecretFile, strictRules } from "@mailseal/config/secrets";
import { ServiceError } from "../errors.ts";

/** Reads a token. Rejects with a `ServiceError` "admin" if it could be guessed, or if others may read or change it. */
export async function readToken(file: string): Promise<string> {
  const read = await readSecretFile(file, strictRules);
  if (read.status !== "read") {
    throw new ServiceError("admin", `token file ${read.reason}; ${read.remedy}`);
  }
  const token = read.bytes.toString("utf8").trim();
  if (token.length < 16) {
    throw new ServiceError("admin", `${file}: expected a token of at least 16 characters`);
  }
  return token;
}

/** Whether an Authorization field holds the token. */
export function isBearer(authorization: string | undefined, token: string): boolean {
  return isSame(authorization ?? "", `Bearer ${token}`);
}

/** Compares in constant time. */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
