import { dirname, resolve } from "node:path";
import process from "node:process";
import { configSchema, readConfig } from "@mailseal/config";
import { type DnsView, dnsViewOf } from "../dns/dns-view.ts";
import { type Host, readTextOn } from "../host/host.ts";
import { layout } from "../host/layout.ts";

/** How the relay of a host looks at DNS: by its config, if that can be read. */
export async function configuredDns(host: Host): Promise<DnsView> {
  const text = (await readTextOn(host, layout.config)) ?? "";
  const { config } = readConfig(text, { environment: process.env });
  const { dns } = config ?? configSchema.parse({});
  const { zone } = dns;
  return dnsViewOf(
    zone === undefined ? dns : { ...dns, zone: resolve(dirname(layout.config), zone) },
  );
}
