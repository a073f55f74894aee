import { join, resolve } from "node:path";
import { toAsciiDomain } from "@mailseal/syntax";
import type { Activation, ActiveKey } from "../environment.ts";
import { RotationError } from "../errors.ts";
import { readIfThere, writeDurably } from "../files/durable-file.ts";

/**
 * Keeps the keys that a domain signs with in `<directory>/<domain>/active.json`, for a signer to read:
 * `{"keys": [{"selector": "r20261124", "keyFile": "/..."}]}`. The file is replaced as a whole.
 *
 * ```ts
 * const activation = activeFile("/etc/mailseal/keys");
 * await activation.active("example.com"); // [{ selector: "r20261124", keyFile: "/..." }]
 * ```
 */
export function activeFile(directory: string): Activation {
  const root = resolve(directory);
  const pathOf = (domain: string): string => join(root, toAsciiDomain(domain) ?? "", "active.json");
  return {
    async activate(domain, keys) {
      const listed = keys.map(({ selector, keyFile }) => ({ selector, keyFile }));
      const text = `${JSON.stringify({ keys: listed }, undefined, 2)}\n`;
      await writeDurably(pathOf(domain), text, { mode: 0o644 });
    },
    async active(domain) {
      const path = pathOf(domain);
      const text = await readIfThere(path);
      return text === undefined ? [] : readKeys(text, path);
    },
  };
}

function readKeys(text: string, path: string): readonly ActiveKey[] {
  try {
    const { keys } = JSON.parse(text) as { readonly keys: readonly unknown[] };
    return keys.map((key) => {
      const { selector, keyFile } = key as Readonly<Record<string, unknown>>;
      if (typeof selector !== "string" || typeof keyFile !== "string") {
        throw new TypeError("a key has no selector or no keyFile");
      }
      return { selector, keyFile };
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RotationError(
      "active-file",
      `cannot read the active keys in ${path}: ${reason}; expected {"keys": [{"selector", "keyFile"}]}`,
    );
  }
}
