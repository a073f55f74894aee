import { Buffer } from "node:buffer";
import { createHash, randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from "node:crypto";
import { readSecretFile, usersRules } from "@mailseal/config/secrets";
import { RelayError } from "../errors.ts";

/** A password as it is stored in the file. */
type StoredPassword =
  | { readonly type: "plain"; readonly password: string }
  | { readonly type: "scrypt"; readonly parameters: ScryptOptions; salt: Buffer; hash: Buffer };

const hashBytes = 32;
const defaultCost = 15;
/** The most memory, 64 MB, that the hash of one line may need. */
const maximumMemory = 64 * 1024 ** 2;
const absentUser: StoredPassword = scryptPassword(
  defaultCost,
  8,
  1,
  Buffer.alloc(16),
  Buffer.alloc(hashBytes),
);

/** The users that may log in: lines `user:password` or `user:scrypt$cost$r$p$salt$hash`; lines that start with `#` are comments. */
export class UserFile {
  readonly #users: ReadonlyMap<string, StoredPassword>;

  private constructor(users: ReadonlyMap<string, StoredPassword>) {
    this.#users = users;
  }

  /** Throws a `RelayError` "users-file" if the file cannot be read or parsed, or if other users may read it. */
  static async read(path: string): Promise<UserFile> {
    const read = await readSecretFile(path, usersRules);
    if (read.status !== "read") {
      throw new RelayError("users-file", `users file ${read.reason}; ${read.remedy}`);
    }
    try {
      return new UserFile(parseUsers(read.bytes.toString("utf8")));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RelayError("users-file", `users file ${path}: ${reason}`, { cause: error });
    }
  }

  /** Takes as long for an unknown user as for a known one. Hashing is expensive by design: see `PasswordChecks`. */
  async accepts(user: string, password: string): Promise<boolean> {
    const stored = this.#users.get(user);
    return (await matches(stored ?? absentUser, password)) && stored !== undefined;
  }
}

/**
 * Hashes a password for a line of the file: the part after `user:`. Throws a `RelayError` "users-file" for an empty
 * password.
 */
export async function hashPassword(password: string): Promise<string> {
  if (password === "") {
    throw new RelayError(
      "users-file",
      "the password is empty; expected a password on standard input, as in printf %s secret | mailseal-relay hash-password",
    );
  }
  const salt = randomBytes(16);
  const hash = await derive(password, salt, { N: 2 ** defaultCost, r: 8, p: 1 });
  return `scrypt$${defaultCost}$8$1$${salt.toString("base64")}$${hash.toString("base64")}`;
}

function parseUsers(text: string): Map<string, StoredPassword> {
  const users = new Map<string, StoredPassword>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() !== "" && !line.startsWith("#")) {
      const colon = line.indexOf(":");
      if (colon <= 0) {
        throw new Error(`line ${index + 1}: expected user:password`);
      }
      users.set(line.slice(0, colon), parsePassword(line.slice(colon + 1), index + 1));
    }
  }
  return users;
}

function parsePassword(text: string, line: number): StoredPassword {
  if (text === "") {
    throw new Error(`line ${line}: the password is empty; expected user:password`);
  }
  if (!text.startsWith("scrypt$")) {
    return { type: "plain", password: text };
  }
  const match = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w+/=]+)\$([\w+/=]+)$/.exec(text);
  if (match === null) {
    throw new Error(`line ${line}: expected scrypt$cost$r$p$salt$hash, see "hash-password"`);
  }
  const [cost = 0, r = 0, p = 0] = match.slice(1, 4).map(Number);
  const [salt, hash] = [bytesOf(match[4]), bytesOf(match[5])];
  if (128 * 2 ** cost * r > maximumMemory) {
    throw new Error(`line ${line}: expected a hash that needs at most ${maximumMemory} octets`);
  }
  // RFC 7914 6. No password would match a hash of another length.
  if (cost === 0 || r === 0 || p === 0 || hash.length !== hashBytes) {
    throw new Error(
      `line ${line}: the hash cannot be computed; expected cost, r and p of at least 1, and a hash of ${hashBytes} octets`,
    );
  }
  return scryptPassword(cost, r, p, salt, hash);
}

function bytesOf(base64 = ""): Buffer {
  return Buffer.from(base64, "base64");
}

function scryptPassword(
  cost: number,
  r: number,
  p: number,
  salt: Buffer,
  hash: Buffer,
): StoredPassword {
  return { type: "scrypt", parameters: { N: 2 ** cost, r, p }, salt, hash };
}

async function matches(stored: StoredPassword, password: string): Promise<boolean> {
  if (stored.type === "plain") {
    // Only to take as long: a faster answer would reveal that the user exists.
    await matches(absentUser, password);
    return timingSafeEqual(digest(stored.password), digest(password));
  }
  const hash = await derive(password, stored.salt, stored.parameters);
  return timingSafeEqual(digest(hash), digest(stored.hash));
}

/** Has the same length for every input, as `timingSafeEqual` requires. */
function digest(value: string | Buffer): Buffer {
  return createHash("sha256").update(value).digest();
}

function derive(password: string, salt: Buffer, parameters: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(
      password,
      salt,
      hashBytes,
      { ...parameters, maxmem: 2 * maximumMemory },
      (error, key) => {
        if (error === null) {
          resolve(key);
        } else {
          reject(error);
        }
      },
    );
  });
}
