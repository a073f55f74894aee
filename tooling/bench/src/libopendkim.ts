import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { records, rsaKey, temporaryFile, temporaryPath } from "./fixtures.ts";
import type { Comparison, Contender } from "./measuring/comparison.ts";

const source = fileURLToPath(new URL("../peers/libopendkim-bench.c", import.meta.url));

let program: string | undefined;

interface LibopendkimRow extends Pick<Comparison, "name" | "ours" | "floor"> {
  readonly message: Uint8Array;
}

/** Comparisons with libopendkim on the same message; none if `libopendkim-dev` or a C compiler is missing. */
export function againstLibopendkim(
  action: "sign" | "verify",
  rows: readonly LibopendkimRow[],
): readonly Comparison[] {
  return hasLibopendkim()
    ? rows.map(({ message, ...row }) => ({ ...row, theirs: libopendkim(action, message) }))
    : [];
}

function hasLibopendkim(): boolean {
  if (program === undefined) {
    const output = temporaryPath("libopendkim-bench");
    const { status } = spawnSync("cc", ["-O2", "-o", output, source, "-lopendkim"], {
      stdio: "ignore",
    });
    program = status === 0 ? output : "";
  }
  return program !== "";
}

/** relaxed/relaxed and rsa-sha256 with the same key; the time is measured inside its own process. */
function libopendkim(action: "sign" | "verify", message: Uint8Array): Contender {
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
