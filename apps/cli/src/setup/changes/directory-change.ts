import { chmod, chown, mkdir, rmdir } from "node:fs/promises";
import { modeText } from "../../host/access.ts";
import { commandLine, fileStateOn, namesOn, pathOn } from "../../host/host.ts";
import { SetupError } from "../setup-error.ts";
import type { ChangeActions } from "./change.ts";
import { giveTo, isOwnedBy, type Ownership, permissionsText } from "./ownership.ts";

/** A directory with its owner and mode. The one above it exists, or has a change of its own. */
export interface DirectoryChange {
  readonly kind: "directory";
  readonly path: string;
  readonly mode: number;
  readonly owner: Ownership;
}

export function directoryChange({ path, mode, owner }: DirectoryChange): ChangeActions {
  return {
    async describe(host) {
      const found = await fileStateOn(host, path);
      const permissions = permissionsText(owner, mode);
      const identity = ["-o", owner.user, "-g", owner.group, "-m", modeText(mode)];
      return {
        title: `${found === undefined ? "new directory" : "owner and mode of"} ${path} (${permissions})`,
        lines: [`$ ${commandLine(["install", "-d", ...identity, path])}`],
      };
    },
    async isMade(host) {
      const found = await fileStateOn(host, path);
      return (
        found?.kind === "directory" && found.mode === mode && (await isOwnedBy(host, found, owner))
      );
    },
    async before(host) {
      const found = await fileStateOn(host, path);
      if (found === undefined) return { state: "absent" };
      const { uid, gid } = found;
      return { state: "directory", mode: found.mode, uid, gid };
    },
    async make(host) {
      const found = await fileStateOn(host, path);
      if (found !== undefined && found.kind !== "directory") {
        throw new SetupError(
          `${path} exists but is not a directory; move it away, then run mailseal setup again`,
        );
      }
      if (found === undefined) await mkdir(pathOn(host, path), { mode: 0o700 });
      await giveTo(host, path, owner);
      // After the owner: a change of owner clears some bits.
      await chmod(pathOn(host, path), mode);
    },
    async undo(host, before) {
      const found = await fileStateOn(host, path);
      if (found?.kind !== "directory") return {};
      if (before.state === "directory") {
        await chown(pathOn(host, path), before.uid, before.gid);
        await chmod(pathOn(host, path), before.mode);
        return {};
      }
      const names = await namesOn(host, path);
      if (names.length > 0) {
        return { kept: `${path} is kept, because it holds other files: ${shortList(names)}` };
      }
      await rmdir(pathOn(host, path));
      return {};
    },
  };
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
