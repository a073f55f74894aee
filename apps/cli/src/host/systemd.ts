import { fileStateOn, type Host, outputOf } from "./host.ts";

/** A unit as systemd sees it. */
export interface UnitState {
  /** systemd has loaded a file of that name. */
  readonly isInstalled: boolean;
  readonly isActive: boolean;
  /** It starts with the machine. */
  readonly isEnabled: boolean;
  /** The state in systemd's words, such as "failed" or "activating". */
  readonly activeState: string;
  /** The user in the unit; undefined if it sets none. */
  readonly user: string | undefined;
  /** The unit's file, and its drop-ins. */
  readonly files: readonly string[];
  /** Groups beside the user's own. */
  readonly supplementaryGroups: readonly string[];
}

const properties = [
  "LoadState",
  "ActiveState",
  "UnitFileState",
  "User",
  "FragmentPath",
  "DropInPaths",
  "SupplementaryGroups",
] as const;

/** Whether systemd manages the services of the host. In a container or chroot it usually does not. */
export async function runsSystemd(host: Host): Promise<boolean> {
  // sd_booted(3) asks the same question.
  return (await fileStateOn(host, "/run/systemd/system"))?.kind === "directory";
}

/** Undefined if systemd does not run, or does not answer. */
export async function unitState(host: Host, unit: string): Promise<UnitState | undefined> {
  if (!(await runsSystemd(host))) return undefined;
  const args = ["show", `--property=${properties.join(",")}`, unit];
  const text = outputOf(await host.run("systemctl", args, { timeoutMs: 10_000 }));
  if (text === undefined) return undefined;
  const values = new Map(
    text.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    }),
  );
  const wordsOf = (name: string): readonly string[] =>
    (values.get(name) ?? "").split(/\s+/).filter((word) => word !== "");
  const activeState = values.get("ActiveState") ?? "unknown";
  const user = values.get("User") ?? "";
  return {
    isInstalled: values.get("LoadState") === "loaded",
    isActive: activeState === "active" || activeState === "reloading",
    isEnabled: values.get("UnitFileState") === "enabled",
    activeState,
    user: user === "" ? undefined : user,
    files: [...wordsOf("FragmentPath"), ...wordsOf("DropInPaths")],
    supplementaryGroups: wordsOf("SupplementaryGroups"),
  };
}
