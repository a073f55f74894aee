import { createHash, randomUUID } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AptSources, aptSources } from "./apt-sources.ts";
import { runOrThrow, works } from "./commands.ts";

/** What a machine that starts with systemd needs beyond the packages that every Debian has. */
const included = ["systemd", "systemd-sysv", "iproute2", "procps"];

/**
 * Downloaded but not installed, so that `apt install` works without a network. One line is one installation: Postfix
 * and Sendmail cannot be installed together.
 */
const available = [
  "postfix",
  "postfix opendkim opendkim-tools",
  "sendmail sendmail-bin sensible-mda",
  "systemd-timesyncd",
];

/** Why no fresh Debian root can be made here; undefined if it can. */
export function freshRootMissing(): string | undefined {
  if (process.platform !== "linux") return "a Debian root needs Linux";
  if (process.getuid?.() !== 0) return "only root can make a Debian root";
  if (!works("debootstrap", ["--version"]))
    return "debootstrap is absent: apt-get install debootstrap";
  if (
    !works("unshare", ["--mount", "--net", "--pid", "--fork", "--uts", "--ipc", "--cgroup", "true"])
  )
    return "this machine does not let root make namespaces";
  if (aptSources() === undefined) return "apt has no mirror of this machine's distribution";
  return undefined;
}

/**
 * The directory of a fresh Debian root of this machine's release, which must not be changed. It is made by debootstrap
 * the first time and then kept in `$MAILSEAL_RECIPE_CACHE`, by default in /var/cache/mailseal-debian-recipe.
 */
export function freshRoot(): string {
  const sources = aptSources();
  const missing = freshRootMissing();
  if (missing !== undefined || sources === undefined) throw new Error(missing);
  const recipe = JSON.stringify([sources.list, included, available]);
  const key = createHash("sha256").update(recipe).digest("hex").slice(0, 12);
  const cache = cacheDirectory();
  const finished = join(cache, `${sources.suite}-${key}`);
  if (existsSync(finished)) return finished;
  mkdirSync(cache, { recursive: true });
  const unfinished = join(cache, `unfinished-${randomUUID()}`);
  try {
    makeRoot(unfinished, sources);
    renameSync(unfinished, finished);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another run has made the same root meanwhile.
    if (!existsSync(finished)) throw error;
  }
  return finished;
}

function cacheDirectory(): string {
  const chosen = process.env["MAILSEAL_RECIPE_CACHE"];
  if (chosen !== undefined && chosen !== "") return chosen;
  try {
    accessSync("/var/cache", constants.W_OK);
    return "/var/cache/mailseal-debian-recipe";
  } catch {
    return join(tmpdir(), "mailseal-debian-recipe");
  }
}

function makeRoot(directory: string, { suite, mirror, list, proxy }: AptSources): void {
  const environment = { ...process.env, ...proxy, DEBIAN_FRONTEND: "noninteractive" };
  // In namespaces of its own: whatever debootstrap mounts and starts ends with it.
  const apart = ["--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc"];
  const chosen = ["--variant=minbase", `--include=${included.join(",")}`];
  const fetched = ["debootstrap", ...chosen, suite, directory, mirror];
  runOrThrow("unshare", [...apart, ...fetched], { environment, limitMs: 600_000 });
  writeFileSync(join(directory, "etc/apt/sources.list"), list);
  const downloads = available.map(
    (packages) => `apt-get install -q -y --download-only --no-install-recommends ${packages}`,
  );
  const script = ["set -e", "apt-get update -q", ...downloads].join("\n");
  runOrThrow("cp", ["/etc/resolv.conf", join(directory, "etc/resolv.conf")]);
  const chroot = ["chroot", directory, "sh", "-c", script];
  runOrThrow("unshare", [...apart, ...chroot], { environment, limitMs: 600_000 });
}
