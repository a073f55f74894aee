import { readFile } from "node:fs/promises";
import type { Config } from "@mailseal/config";
import {
  dohResolver,
  nodeResolver,
  parseZone,
  staticResolver,
  type TxtResolver,
  wireResolver,
  zoneFromJson,
} from "@mailseal/dns-record";

/** Where public keys are asked for. Rejects where a zone file cannot be read. */
export async function resolverOf({
  zone,
  https,
  servers,
  timeout,
}: Config["dns"]): Promise<TxtResolver> {
  if (zone !== undefined) {
    const text = await readFile(zone, "utf8");
    return staticResolver(/^\s*\{/.test(text) ? zoneFromJson(JSON.parse(text)) : parseZone(text));
  }
  if (https !== undefined) {
    return dohResolver({ url: https, timeoutMs: timeout });
  }
  return servers === undefined
    ? nodeResolver({ timeoutMs: timeout })
    : wireResolver({ servers, timeoutMs: timeout });
}
