import { spawnSync } from "node:child_process";

/** Makes a unix socket whose process has ended without removing it. */
export function leftSocket(path: string): void {
  const code = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", code, path]);
}
