import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey, type PrivateKey } from "@mailseal/crypto";
import { formatKeyRecord, keySource, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import type { SignatureOptions } from "@mailseal/signer";
import { type Workload, workload } from "./workload.ts";

export const domain = "example.com";
export const rsaKey: PrivateKey = generateKey({ type: "rsa" });
export const ed25519Key: PrivateKey = generateKey({ type: "ed25519" });
/** With a key that other programs can read as well. */
export interface LoadedSignature extends SignatureOptions {
  readonly key: PrivateKey;
}

export const rsaSignature: LoadedSignature = { domain, selector: "rsa", key: rsaKey };
export const ed25519Signature: LoadedSignature = { domain, selector: "ed", key: ed25519Key };
export const records: ReadonlyMap<string, string> = new Map([
  ["rsa._domainkey.example.com", formatKeyRecord(rsaKey.publicKey)],
  ["ed._domainkey.example.com", formatKeyRecord(ed25519Key.publicKey)],
]);

export const zone: ReturnType<typeof zoneFromJson> = zoneFromJson(
  Object.fromEntries([...records].map(([name, record]) => [name, [record]])),
);

/** The key is in its cache after the first lookup. */
export const keys: ReturnType<typeof keySource> = keySource(staticResolver(zone));

export const messages: { readonly [size in "2 KB" | "20 KB" | "100 KB" | "10 MB"]: Workload } = {
  "2 KB": workload("2 KB", 2 * 1024),
  "20 KB": workload("20 KB", 20 * 1024),
  "100 KB": workload("100 KB", 100 * 1024),
  "10 MB": workload("10 MB", 10 * 1024 * 1024),
};

const directory = mkdtempSync(join(tmpdir(), "mailseal-bench-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

/** Writes a file that exists until the benchmark ends. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

export function temporaryPath(name: string): string {
  return join(directory, name);
}
