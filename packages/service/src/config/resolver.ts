import { readFile } from "node:fs/promises";
import type { Config } from "@mailseal/config";
import {
  dohResolver,
  nodeResolver,
  readZone,
  staticResolver,
  type TxtResolver,
  wireResolver,
} from "@mailseal/dns-record";
import { ServiceError } from "../errors.ts";

/** Creates the resolver for public keys that the config selects. Rejects with a `ServiceError` "config" if its zone file cannot be used. */
export async function resolverOf({
  zone,
  https,
  servers,
  timeout,
}: Config["dns"]): Promise<TxtResolver> {
  if (zone !== undefined) {
    return zoneResolver(zone);
  }
  if (https !== undefined) {
    return dohResolver({ url: https, timeoutMs: timeout });
  }
  return servers === undefined
    ? nodeResolver({ timeoutMs: timeout })
    : wireResolver({ servers, timeoutMs: timeout });
}

async function zoneResolver(file: string): Promise<TxtResolver> {
  try {
    return staticResolver(readZone(await readFile(file, "utf8")));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError("config", `dns.zone ${file}: ${reason}`, { cause: error });
  }
}
