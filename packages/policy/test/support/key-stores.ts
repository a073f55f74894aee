import type { PermissionWarning } from "@mailseal/config/secrets";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { type KeyOptions, type KeyRequest, keyRequest } from "../../src/keys/key-request.ts";
import { type KeyLoad, KeyStore, type KeyStoreOptions } from "../../src/keys/key-store.ts";
import { key } from "./mail.ts";

export const directory: string = temporaryDirectory("file");
export const pem: string = key.toPem();

interface StoreUnderTest {
  readonly store: KeyStore;
  readonly loads: KeyLoad[];
  readonly warnings: PermissionWarning[];
  readonly clock: { ms: number };
}

/** A key store on a clock that the test sets, with what it reports. */
export function storeWith(options: Partial<KeyStoreOptions> = {}): StoreUnderTest {
  const loads: KeyLoad[] = [];
  const warnings: PermissionWarning[] = [];
  const clock = { ms: 0 };
  const all: KeyStoreOptions = {
    cacheSize: 100,
    positiveTtl: 1000,
    negativeTtl: 5000,
    checkPermissions: "refuse",
    allowWritable: false,
    ...options,
  };
  const store = new KeyStore(
    all,
    // The wall clock stands still, or is set back: it has no part in this.
    { nowMs: () => 0, elapsedNs: () => clock.ms * 1e6 },
    { onLoad: (load) => loads.push(load), onWarning: (warning) => warnings.push(warning) },
  );
  return { store, loads, warnings, clock };
}

export function request(options: Partial<KeyOptions>): KeyRequest {
  const made = keyRequest({ domain: "example.com", selector: "s1", ...options });
  if (made === undefined) throw new Error("expected a request");
  return made;
}
