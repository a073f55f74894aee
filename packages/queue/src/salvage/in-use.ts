import { readFileSync, statSync } from "node:fs";

/** Whether some process has the file locked, as all do that have it open as a queue. Where the system does not tell: no. */
export function isInUse(file: string): boolean {
  const { dev, ino } = statSync(file);
  const major = ((dev >> 8) & 0xf_ff).toString(16).padStart(2, "0");
  const minor = ((dev & 0xff) | ((dev >> 12) & 0xf_ff_00)).toString(16).padStart(2, "0");
  try {
    return readFileSync("/proc/locks", "latin1").includes(` ${major}:${minor}:${ino} `);
  } catch {
    return false;
  }
}

/** Changes with whatever a queue writes. */
export function stampOf(file: string): string {
  return ["", "-wal", "-mark"]
    .map((end) => {
      const found = statSync(`${file}${end}`, { throwIfNoEntry: false, bigint: true });
      return found === undefined ? "none" : `${found.ino} ${found.size} ${found.mtimeNs}`;
    })
    .join(", ");
}
