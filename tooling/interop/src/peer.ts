import { spawnSync } from "node:child_process";

/** A key that both sides know, as a text that a peer reads and as the record that it looks up. */
export interface PeerKey {
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  readonly domain: string;
  readonly selector: string;
  /** A file in the format of this peer. */
  readonly keyFile: string;
}

/** Another DKIM implementation, which handles one message at a time. */
export interface Peer {
  readonly name: string;
  readonly algorithms: readonly PeerKey["algorithm"][];
  /** "pass" or the reason given by the peer, for each signature from the top down. */
  verify(message: Uint8Array): Promise<readonly string[]>;
  /** The DKIM-Signature field, with its line ending. */
  sign(message: Uint8Array, canonicalization: string, key: PeerKey): Promise<Uint8Array>;
}

/** Runs the program of a peer on a message. Throws its error text if it fails. */
export function runPeer(
  command: string,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Buffer {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined || status !== 0) {
    const reason = error?.message ?? `exit ${status}: ${stderr.toString().trim()}`;
    throw new Error(`${command} ${args[0]}: ${reason}`);
  }
  return stdout;
}

/** True if a program runs and ends with exit code 0. */
export function works(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { timeout: 60_000, stdio: "ignore" }).status === 0;
}

/** The lines that a peer printed. */
export function lines(output: Buffer): string[] {
  return output
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
}
