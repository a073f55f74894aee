import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKeyAsync } from "@mailseal/crypto";
import { formatKeyRecord, formatZoneLine, keyRecordName } from "@mailseal/dns-record";

export interface DemoKeys {
  /** With %{d} and %{s}, as the config wants it. */
  readonly template: string;
  /** Zone file lines that publish the keys. */
  readonly zone: string;
  readonly selectors: readonly string[];
}

/** Two keys for `domain` under `directory`, and the zone that publishes them. */
export async function makeDemoKeys(directory: string, domain: string): Promise<DemoKeys> {
  const keys = [
    { selector: "rsa1", key: await generateKeyAsync({ type: "rsa" }) },
    { selector: "ed1", key: await generateKeyAsync({ type: "ed25519" }) },
  ];
  const folder = join(directory, domain);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { selector, key } of keys) {
    const file = join(folder, `${selector}.key`);
    await writeFile(file, key.toPem(), { mode: 0o600 });
    await chmod(file, 0o600);
  }
  const zone = keys.map(({ selector, key }) =>
    formatZoneLine(keyRecordName(selector, domain), formatKeyRecord(key.publicKey)),
  );
  return {
    template: join(directory, "%{d}", "%{s}.key"),
    zone: `${zone.join("\n")}\n`,
    selectors: keys.map(({ selector }) => selector),
  };
}
