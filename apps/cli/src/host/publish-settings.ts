import type { RotationSetup } from "@mailseal/rotation";
import { type Host, readTextOn } from "./host.ts";
import { layout } from "./layout.ts";

/** How key records get into DNS on this machine, as `mailseal setup` keeps it. It holds no secret. */
export interface PublishSettings {
  readonly publish: RotationSetup["publish"];
}

/** Beside the record of setup. */
export const publishSettingsFile: string = `${layout.state}/setup/dns.json`;

/** Undefined if setup was not given access to DNS. Rejects if the file cannot be read. */
export async function readPublishSettings(host: Host): Promise<PublishSettings | undefined> {
  const text = await readTextOn(host, publishSettingsFile);
  return text === undefined ? undefined : (JSON.parse(text) as PublishSettings);
}
