import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Contender } from "./comparison.ts";
import { records, rsaKey, temporaryFile, temporaryPath } from "./fixtures.ts";

const source = fileURLToPath(new URL("../peers/libopendkim-bench.c", import.meta.url));

let program: string | undefined;

/** Whether our C program over libopendkim could be built: it wants `libopendkim-dev` and a compiler. */
export function hasLibopendkim(): boolean {
  if (program === undefined) {
    const output = temporaryPath("libopendkim-bench");
    const { status } = spawnSync("cc", ["-O2", "-o", output, source, "-lopendkim"], {
      stdio: "ignore",
    });
    program = status === 0 ? output : "";
  }
  return program !== "";
}

/** libopendkim, relaxed/relaxed and rsa-sha256 with the same key; timed within its own process. */
export function libopendkim(action: "sign" | "verify", message: Uint8Array): Contender {
  const messageFile = temporaryFile(`${action}-${message.length}.eml`, message);
  const keyFile =
    action === "sign"
      ? temporaryFile("rsa.pem", rsaKey.toPem())
      : temporaryFile("rsa.record", records.get("rsa._domainkey.example.com") ?? "");
  return {
    name: "libopendkim",
    run(count) {
      const { status, stdout, stderr } = spawnSync(program ?? "", [
        action,
        String(count),
        messageFile,
        keyFile,
      ]);
      if (status !== 0) {
        throw new Error(`libopendkim-bench ${action}: ${stderr.toString().trim()}`);
      }
      return Number(stdout.toString()) / 1e6;
    },
  };
}
