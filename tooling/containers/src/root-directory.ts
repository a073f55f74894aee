import { execFileSync } from "node:child_process";
import {
  chownSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { composeFolder, mountsOf, type Service } from "./compose.ts";
import type { Image } from "./image.ts";

interface RootDirectoryOptions {
  /** The folder that COPY takes from the build stage. */
  readonly staged: string;
  readonly service: Service;
  /** The folder in which named volumes are made. */
  readonly volumes: string;
  /** Files that are mounted in place of those that compose.yaml names, by the name there. */
  readonly files: ReadonlyMap<string, string>;
  /** The lines of /etc/hosts. */
  readonly hosts: readonly string[];
}

/** The environment of the official Node images. */
export const containerEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/",
};

/**
 * Makes a directory a container's root: this machine's system in place of the base image, then RUN, literally and in the
 * chroot, and COPY, then the volumes of the service. Needs root and a mount namespace of its own.
 */
export function makeRootDirectory(
  root: string,
  image: Image,
  { staged, service, volumes, files, hosts }: RootDirectoryOptions,
): void {
  mountBase(root);
  for (const line of image.runs) {
    const options = { env: containerEnvironment, stdio: "pipe" } as const;
    execFileSync("chroot", [root, "/bin/sh", "-c", line], options);
  }
  for (const [from, to] of image.copies) {
    if (from !== "/staged") throw new Error(`expected COPY of /staged, got ${from}`);
    cpSync(staged, join(root, to), { recursive: true });
  }
  writeFileSync(join(root, "etc/hosts"), ["127.0.0.1 localhost", ...hosts, ""].join("\n"));
  const mounts = mountsOf(service).map(({ source, target, readOnly }) => {
    const place = join(root, target);
    // As in Docker, what begins with a dot is a path, and everything else a named volume.
    if (source.startsWith(".")) {
      writeFileSync(place, "");
      return {
        source: files.get(basename(source)) ?? join(composeFolder, source),
        place,
        readOnly,
      };
    }
    return { source: volumeLike(join(volumes, source), place), place, readOnly };
  });
  if (service.read_only === true) mount(["-o", "remount,ro", root]);
  for (const folder of service.tmpfs ?? []) mount(["-t", "tmpfs", "tmpfs", join(root, folder)]);
  for (const { source, place, readOnly } of mounts) {
    mount(["--bind", source, place]);
    if (readOnly) mount(["-o", "remount,bind,ro", place]);
  }
}

/** The command that runs a program in a root directory as a container would: its user and folder, without any capability. */
export function containerCommand(
  root: string,
  { user, folder }: Pick<Image, "user" | "folder">,
  words: readonly string[],
): readonly [string, string[]] {
  const [uid = "", gid = ""] = user.split(":");
  const rights = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--clear-groups"];
  const as = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, ...rights];
  return ["chroot", [root, "env", `--chdir=${folder}`, ...as, ...words]];
}

function mountBase(root: string): void {
  const layers = `${root}.layers`;
  for (const folder of [root, layers]) mkdirSync(folder, { recursive: true });
  // An overlay cannot write to another one, which the file system here may be.
  mount(["-t", "tmpfs", "tmpfs", layers]);
  const [upper, work] = [join(layers, "upper"), join(layers, "work")];
  for (const folder of [upper, work]) mkdirSync(folder);
  mount(["-t", "overlay", "-o", `lowerdir=/,upperdir=${upper},workdir=${work}`, "overlay", root]);
  const node = join(root, "usr/local/bin/node");
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(process.execPath, node);
  mount(["-t", "proc", "proc", join(root, "proc")]);
  mount(["-t", "tmpfs", "tmpfs", join(root, "dev")]);
  for (const device of ["null", "urandom", "zero"]) {
    writeFileSync(join(root, "dev", device), "");
    mount(["--bind", join("/dev", device), join(root, "dev", device)]);
  }
}

/** Makes a volume, unless it exists: it takes the owner and mode of the folder in the image. */
function volumeLike(volume: string, place: string): string {
  if (existsSync(volume)) return volume;
  mkdirSync(volume, { recursive: true });
  const { uid, gid, mode } = statSync(place);
  chownSync(volume, uid, gid);
  chmodSync(volume, mode & 0o7777);
  return volume;
}

function mount(words: readonly string[]): void {
  execFileSync("mount", words, { stdio: "pipe" });
}
