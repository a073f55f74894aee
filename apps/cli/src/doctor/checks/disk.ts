import { stat, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { commandLine, type Host, namesOn, outputOf } from "../../host/host.ts";
import { layout } from "../../host/layout.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";

/** Postfix refuses mail with less than one and a half messages of the largest size; the queue reserves 64 MB for itself. */
const leastBytes = 64 * 1024 * 1024;
const leastFiles = 1000;

/** Whether there is room where the mail server and Mailseal write. */
export const diskCheck: Check = {
  id: "disk",
  claim: "there is room for mail and state",
  limitMs: 30_000,
  async run(installation, report) {
    const seen = new Set<number>();
    for (const path of await writtenPaths(installation)) {
      const place = await nearest(path);
      const { dev } = await stat(place);
      if (seen.has(dev)) continue;
      seen.add(dev);
      const { bavail, bsize, blocks, files, ffree } = await statfs(place);
      const free = bavail * bsize;
      if (free < leastBytes && free < (blocks * bsize) / 20) {
        report.found(await fullFinding(installation.host, path, place, free));
      } else if (files > 0 && ffree < leastFiles && ffree < files / 20) {
        report.found(await inodesFinding(installation.host, path, place, ffree));
      }
    }
  },
};

async function writtenPaths({ config, mailServer }: Installation): Promise<readonly string[]> {
  const server = await mailServer();
  // The disk may be full and the config unusable at once.
  const used = await config().catch(() => undefined);
  return [
    layout.state,
    ...(server.kind === "postfix" ? [server.postfix.queueDirectory] : []),
    ...(server.kind === "sendmail" ? ["/var/spool/mqueue"] : []),
    ...(used?.queue?.file === undefined ? [] : [dirname(used.queue.file)]),
    ...(used?.statistics.file === undefined ? [] : [dirname(used.statistics.file)]),
    used?.spoolDirectory ?? tmpdir(),
  ];
}

/** The directory itself, or the first one above it that exists. */
async function nearest(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).then(
      () => true,
      () => false,
    );
    if (found || at === dirname(at)) return at;
  }
}

async function fullFinding(
  host: Host,
  path: string,
  place: string,
  free: number,
): Promise<Finding> {
  const largest = commandLine(["du", "-xh", "--max-depth=3", await mountPoint(host, place)]);
  return {
    kind: "disk-full",
    what: `The disk of ${path} has ${Math.floor(free / 1024 / 1024)} MB left`,
    command: (await reclaim(host, place)) ?? `${largest} | sort -h | tail -n 20`,
  };
}

async function inodesFinding(
  host: Host,
  path: string,
  place: string,
  left: number,
): Promise<Finding> {
  const most = commandLine([
    "du",
    "-x",
    "--inodes",
    "--max-depth=3",
    await mountPoint(host, place),
  ]);
  return {
    kind: "inodes-used-up",
    what: `The file system of ${path} has room for ${left} more files`,
    command: (await reclaim(host, place)) ?? `${most} | sort -n | tail -n 20`,
  };
}

async function mountPoint(host: Host, place: string): Promise<string> {
  const found = outputOf(await host.run("stat", ["-c", "%m", place]));
  return found?.trim() ?? "/";
}

/** A command that removes what can be fetched again or is kept for reading only, if it is on the same file system. */
async function reclaim(host: Host, place: string): Promise<string | undefined> {
  const { dev } = await stat(place);
  const isHere = async (path: string): Promise<boolean> =>
    stat(path).then(
      (found) => found.dev === dev,
      () => false,
    );
  const commands: string[] = [];
  const archives = "/var/cache/apt/archives";
  const packages = (await namesOn(host, archives)).filter((name) => name.endsWith(".deb"));
  if (packages.length > 0 && (await isHere(archives))) commands.push("apt-get clean");
  const journal = "/var/log/journal";
  if ((await namesOn(host, journal)).length > 0 && (await isHere(journal))) {
    commands.push("journalctl --rotate --vacuum-size=64M");
  }
  return commands.length === 0 ? undefined : commands.join(" && ");
}
