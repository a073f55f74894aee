import { readFile, rm } from "node:fs/promises";
import { generateKeyAsync } from "@mailseal/crypto";
import { writeDurably } from "@mailseal/rotation";
import { fileStateOn, pathOn } from "../../host/host.ts";
import { SetupError } from "../setup-error.ts";
import type { ChangeActions } from "./change.ts";
import { idsOf, isOwnedBy, type Ownership, permissionsText } from "./ownership.ts";

/** A private key: a new one, or a copy of another program's. */
export interface KeyChange {
  readonly kind: "key";
  readonly path: string;
  readonly source:
    | { readonly from: "new"; readonly type: "rsa" | "ed25519" }
    | { readonly from: "file"; readonly file: string }
    /** One that the config names already: only its owner and mode are corrected. */
    | { readonly from: "existing" };
  readonly owner: Ownership;
}

/** The group reads it: the relay, and nobody else. */
const mode = 0o640;

export function keyChange({ path, source, owner }: KeyChange): ChangeActions {
  return {
    async describe(host) {
      const permissions = permissionsText(owner, mode);
      if ((await fileStateOn(host, path)) !== undefined) {
        return { title: `owner and mode of the private key ${path} (${permissions})`, lines: [] };
      }
      if (source.from === "existing") return { title: `private key ${path}`, lines: [] };
      const what =
        source.from === "file"
          ? `a copy of ${source.file}`
          : source.type === "rsa"
            ? "a new RSA key of 2048 bits"
            : "a new Ed25519 key";
      return {
        title: `new private key ${path}: ${what} (${permissions})`,
        lines: [],
      };
    },
    async isMade(host) {
      const found = await fileStateOn(host, path);
      return found?.kind === "file" && found.mode === mode && isOwnedBy(host, found, owner);
    },
    // An existing key is never replaced, so there is nothing to keep but its owner and mode.
    async before(host) {
      const found = await fileStateOn(host, path);
      if (found === undefined) return { state: "absent" };
      // Before it is in the record: an undo would write a key in the place of a link, with the mode of the link.
      if (found.kind !== "file") {
        throw new SetupError(
          `${path} is not a regular file; move it away, or use another selector`,
        );
      }
      const { uid, gid } = found;
      return { state: "file", saved: "", mode: found.mode, uid, gid };
    },
    async make(host) {
      const options = { mode, owner: await idsOf(host, owner) };
      const found = await fileStateOn(host, path);
      if (found !== undefined) {
        // The same content, with the right owner and mode.
        await writeDurably(pathOn(host, path), await readFile(pathOn(host, path)), options);
        return;
      }
      if (source.from === "existing") throw missingKey(path);
      const text =
        source.from === "file"
          ? await readFile(pathOn(host, source.file))
          : (await generateKeyAsync({ type: source.type })).toPem();
      await writeDurably(pathOn(host, path), text, { ...options, existing: "keep" });
    },
    async undo(host, before) {
      const found = await fileStateOn(host, path);
      if (found === undefined) return {};
      if (found.kind !== "file")
        return { kept: `${path} is kept, because it is no longer a regular file` };
      if (before.state === "file") {
        const { mode: oldMode, uid, gid } = before;
        const content = await readFile(pathOn(host, path));
        await writeDurably(pathOn(host, path), content, { mode: oldMode, owner: { uid, gid } });
        return {};
      }
      await rm(pathOn(host, path), { force: true });
      return {};
    },
  };
}

function missingKey(path: string): SetupError {
  return new SetupError(
    `the config signs with ${path}, but there is no such file; put it back, or make a new key with --domain and --selector`,
  );
}
