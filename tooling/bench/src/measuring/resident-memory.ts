import { readdirSync, readFileSync } from "node:fs";

/** Memory of a process and all its descendants, in megabytes; memory they share is counted once. */
export function residentMb(root: number): number {
  return familyOf(root).reduce((sum, pid) => sum + proportionalKb(pid), 0) / 1024;
}

/** Memory of one process, in megabytes, including shared memory; other processes do not change it. */
export function processMb(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/** Calls `work` and resolves to the highest `residentMb` in the meantime. */
export async function peakMb(root: number, work: () => Promise<unknown>): Promise<number> {
  let peak = residentMb(root);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMb(root));
  }, 100);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak;
}

function familyOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (/^\d+$/.test(name)) {
      const parent = parentOf(Number(name));
      if (parent !== undefined) parents.set(Number(name), parent);
    }
  }
  const family = [root];
  // The list grows during the loop, so that it reaches all descendants.
  for (const member of family) {
    for (const [pid, parent] of parents) {
      if (parent === member) family.push(pid);
    }
  }
  return family;
}

function parentOf(pid: number): number | undefined {
  const parent = /^PPid:\s*(\d+)/m.exec(textOf(`/proc/${pid}/status`));
  return parent === null ? undefined : Number(parent[1]);
}

function proportionalKb(pid: number): number {
  return Number(/^Pss:\s*(\d+)/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** A process may end while its files are read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
