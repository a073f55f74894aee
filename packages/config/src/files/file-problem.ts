import { lstat } from "node:fs/promises";
import process from "node:process";

/** Why a file cannot be used. Reason and remedy are single printable lines; the reason begins with the file. */
export interface FileProblem {
  /**
   * - `missing`: there is no such file
   * - `unusable`: it exists but cannot be used: its permissions, its kind or its size
   * - `fault`: the system failed temporarily
   */
  readonly status: "missing" | "unusable" | "fault";
  readonly reason: string;
  /** How an operator solves it. */
  readonly remedy: string;
}

interface Meaning {
  readonly status: FileProblem["status"];
  readonly reason: string;
  readonly remedy: string;
}

const elsewhere = "put the file there, or correct the path";
const later = "if it persists, check the system log";

/** The meaning of the error codes of open(2) and read(2) for an operator, and the remedy. */
const meanings: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({
    ENOENT: { status: "missing", reason: "there is no such file", remedy: elsewhere },
    ENOTDIR: {
      status: "missing",
      reason: "a directory of its path is a file",
      remedy: elsewhere,
    },
    // For a path template: a domain from a message can be too long for a file name.
    ENAMETOOLONG: { status: "missing", reason: "its name is too long", remedy: elsewhere },
    ELOOP: {
      status: "unusable",
      reason: "its symbolic links form a loop",
      remedy: "correct the links",
    },
    EISDIR: {
      status: "unusable",
      reason: "expected a regular file, got a directory",
      remedy: elsewhere,
    },
    ENXIO: {
      status: "unusable",
      reason: "expected a regular file, got a socket or device",
      remedy: elsewhere,
    },
    EIO: { status: "fault", reason: "the disk reports a read error", remedy: "check the disk" },
    EMFILE: {
      status: "fault",
      reason: "this process has too many files open",
      remedy: "raise LimitNOFILE of its systemd unit",
    },
    ENFILE: {
      status: "fault",
      reason: "the system has too many files open",
      remedy: "raise fs.file-max",
    },
    ENOMEM: { status: "fault", reason: "the system is out of memory", remedy: later },
    EAGAIN: { status: "fault", reason: "the system is busy", remedy: later },
    EBUSY: { status: "fault", reason: "another program is using it", remedy: later },
    EINTR: { status: "fault", reason: "reading was interrupted", remedy: later },
    ESTALE: {
      status: "fault",
      reason: "its network file system has lost it",
      remedy: "mount it again",
    },
    ETIMEDOUT: { status: "fault", reason: "its file system does not respond", remedy: later },
  } satisfies Record<string, Meaning>),
);

/** The problem of a file that could not be read. Never rejects. */
export async function fileProblem(path: string, error: unknown): Promise<FileProblem> {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  if (code === "EACCES" || code === "EPERM") {
    const user = process.geteuid?.();
    const who = user === undefined ? "this program's user" : `user ${user}`;
    return problem(path, code, {
      // An operator can solve this without a reload, so the file is tried again each time.
      status: "fault",
      reason: `${who} may not read it`,
      remedy: `chown it to ${who}, or chgrp and chmod 640; and let ${who} enter its directories`,
    });
  }
  if (code === "ENOENT" && (await isLink(path))) {
    return problem(path, code, {
      status: "unusable",
      reason: "it is a symbolic link to a missing file",
      remedy: "put the file there, or correct the link",
    });
  }
  const unknown: Meaning = { status: "unusable", reason: "it cannot be read", remedy: later };
  return problem(path, code, meanings.get(code) ?? unknown);
}

/** The problem of a file that was opened but cannot be used. */
export function unusableFile(path: string, reason: string, remedy: string): FileProblem {
  return { status: "unusable", reason: `${JSON.stringify(path)}: ${reason}`, remedy };
}

function problem(path: string, code: string, { status, reason, remedy }: Meaning): FileProblem {
  return { status, reason: `${JSON.stringify(path)}: ${reason} (${code})`, remedy };
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (state) => state.isSymbolicLink(),
    () => false,
  );
}
