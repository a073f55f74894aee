import { inspect } from "node:util";
import { decodeBase64, toAsciiDomain } from "@mailseal/syntax";
import { RotationError } from "../errors.ts";
import { readPrivateText } from "../files/private-text.ts";

export type TsigAlgorithm = "hmac-sha256" | "hmac-sha384" | "hmac-sha512";

const algorithms: ReadonlySet<string> = new Set(["hmac-sha256", "hmac-sha384", "hmac-sha512"]);
const secrets = new WeakMap<TsigKey, Uint8Array>();

/** A secret shared with a DNS server (RFC 8945). Printing it, or converting it to JSON, does not reveal it. */
export class TsigKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;

  constructor(name: string, algorithm: TsigAlgorithm, secret: Uint8Array) {
    this.name = name;
    this.algorithm = algorithm;
    secrets.set(this, secret);
  }

  get secret(): Uint8Array {
    return secrets.get(this) ?? new Uint8Array();
  }
}

// A member named by a symbol cannot be declared with isolatedDeclarations.
Object.defineProperty(TsigKey.prototype, inspect.custom, {
  value(this: TsigKey): string {
    return `TsigKey(${this.name}, ${this.algorithm})`;
  },
});

/**
 * Reads a key file in the format of BIND, as written by `tsig-keygen`:
 * `key "name" { algorithm hmac-sha256; secret "base64"; };`
 *
 * @throws RotationError "tsig-key". The message never contains a part of the secret.
 */
export async function readTsigKey(file: string): Promise<TsigKey> {
  return parseTsigKey(await readPrivateText(file, "TSIG key file", badKey), file);
}

/** @throws RotationError "tsig-key", whose message names `source`. */
export function parseTsigKey(text: string, source: string): TsigKey {
  // Inside quotes, two slashes are base64 and not a comment.
  const plain = text.replaceAll(/("[^"]*")|\/\*.*?\*\/|(?<![^\s;{}])(?:\/\/|#)[^\n]*/gs, "$1");
  const [, quotedName, bareName, body = ""] =
    /^\s*key\s+(?:"([^"]*)"|([^\s"{]+))\s*\{([^}]*)\}/.exec(plain) ?? [];
  const name = toAsciiDomain((quotedName ?? bareName ?? "").replace(/\.$/, ""));
  const algorithm = /(?:^|;)\s*algorithm\s+"?([A-Za-z0-9-]+)"?\s*(?=;)/
    .exec(body)?.[1]
    ?.toLowerCase();
  const secretText = /(?:^|;)\s*secret\s+"?([A-Za-z0-9+/=]+)"?\s*(?=;)/.exec(body)?.[1];
  const secret = secretText === undefined ? undefined : decodeBase64(secretText);
  if (name === undefined || secret === undefined || secret.length === 0) {
    throw badKey(
      `there is no TSIG key in ${source}; expected key "name" { algorithm hmac-sha256; secret "base64"; }; as written by tsig-keygen`,
    );
  }
  if (!isAlgorithm(algorithm)) {
    throw badKey(
      `the algorithm in ${source} is ${algorithm ?? "missing"}; expected hmac-sha256, hmac-sha384 or hmac-sha512`,
    );
  }
  return new TsigKey(name, algorithm, secret);
}

function isAlgorithm(name: string | undefined): name is TsigAlgorithm {
  return name !== undefined && algorithms.has(name);
}

function badKey(message: string): RotationError {
  return new RotationError("tsig-key", message);
}
