import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type JetStreamManager, jetstreamManager, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

/** The storage of a queue, which others can fill. */
export interface Disk {
  /** Fills it completely, or until less is free than a queue reserves for settling its messages. */
  fill(amount: "whole" | "almost"): Promise<void>;
  /** Frees the space again. */
  free(): Promise<void>;
}

const mebibyte = 1024 * 1024;
/** The space that the queue reserves on the small disk. It must be larger than the WAL (16 MiB). */
export const reservedBytes: number = 48 * mebibyte;
const leftBytes = 32 * mebibyte;
const diskVariable = "MAILSEAL_CRASH_DISK";
const sizeBytes = 256 * mebibyte;

/** The small disk of this process, if it was started by `startOnSmallDisk`. */
export const smallDisk: string | undefined = process.env[diskVariable];

/**
 * Runs this program again with a small tmpfs that no other process sees, and returns its exit code; undefined if this
 * machine does not allow mounting.
 */
export function startOnSmallDisk(script: string): number | undefined {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-crash-disk-"));
  try {
    const mount = `mount -t tmpfs -o size=${sizeBytes} tmpfs "$${diskVariable}"`;
    const env = { ...process.env, [diskVariable]: directory };
    const rights = process.getuid?.() === 0 ? [] : ["--map-root-user"];
    const run = (command: string, ...rest: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync("unshare", [...rights, "--mount", "sh", "-c", command, "sh", ...rest], {
        env,
        stdio: rest.length === 0 ? "ignore" : "inherit",
      });
    if (run(mount).status !== 0) return undefined;
    const again = [process.execPath, script, ...process.argv.slice(2)];
    return run(`${mount} && exec "$@"`, ...again).status ?? 1;
  } finally {
    rmdirSync(directory);
  }
}

/** A file system that only this process and its children write to. */
export function fileSystem(directory: string): Disk {
  const ballast = join(directory, "ballast");
  return {
    fill: async (amount) => {
      const left = amount === "whole" ? -1 : leftBytes;
      const file = openSync(ballast, "a");
      const piece = Buffer.alloc(mebibyte);
      try {
        while (freeBytesOf(directory) > left) writeSync(file, piece);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      } finally {
        closeSync(file);
      }
    },
    free: async () => rmSync(ballast, { force: true }),
  };
}

function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

const ballastStream = "ballast";

/** The storage that the servers may use (`max_file_store`), which another stream fills. */
export function jetStreamStorage(servers: readonly string[]): Disk {
  return {
    // If this ends early, the server is as full as it gets: not a failure.
    fill: () => withManager(servers, 2000, (manager) => succeeds(fillBallast(manager))),
    free: async () => {
      while (!(await succeeds(withManager(servers, 5000, removeBallast)))) await sleep(200);
    },
  };
}

async function fillBallast(manager: JetStreamManager): Promise<void> {
  const storage = StorageType.File;
  await manager.streams.add({ name: ballastStream, subjects: [ballastStream], storage });
  const client = manager.jetstream();
  for (const pieceBytes of [512 * 1024, 16 * 1024]) {
    const piece = new Uint8Array(pieceBytes);
    while (await succeeds(client.publish(ballastStream, piece))) continue;
  }
}

async function removeBallast(manager: JetStreamManager): Promise<void> {
  const names = await manager.streams.names(ballastStream).next();
  await Promise.all(names.map((name) => manager.streams.delete(name)));
}

async function withManager(
  servers: readonly string[],
  timeout: number,
  use: (manager: JetStreamManager) => Promise<unknown>,
): Promise<void> {
  const connection = await connect({ servers: [...servers], reconnect: false });
  try {
    await use(await jetstreamManager(connection, { timeout }));
  } finally {
    await connection.close();
  }
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
