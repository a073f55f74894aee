import { type ConfigPath, formatPath } from "../loading/problem.ts";
import type { Config } from "../schema/config-schema.ts";

/** An address that a program listens on, and its place in the config. */
export interface PlacedAddress {
  readonly path: ConfigPath;
  readonly address: string;
}

/** The addresses that each program listens on; the programs may run on different machines. */
export function listenAddresses({ listeners, admin, worker }: Config): {
  readonly relay: readonly PlacedAddress[];
  readonly worker: readonly PlacedAddress[];
} {
  return {
    relay: [
      ...listeners.map(({ listen }, index) => placed(["listeners", index, "listen"], listen)),
      placed(["admin", "listen"], admin.listen),
      ...(admin.web === undefined ? [] : [placed(["admin", "web"], admin.web)]),
    ],
    worker: [
      placed(["worker", "admin"], worker.admin),
      ...(worker.jobs.listen === undefined
        ? []
        : [placed(["worker", "jobs", "listen"], worker.jobs.listen)]),
    ],
  };
}

/** Each address that occurs earlier in the list, with the option that has it there. */
export function* usedTwice(
  addresses: readonly PlacedAddress[],
): Generator<PlacedAddress & { readonly other: string }> {
  const seen = new Map<string, ConfigPath>();
  for (const { path, address } of addresses) {
    const other = seen.get(address);
    if (other !== undefined && !address.endsWith(":0")) {
      yield { path, address, other: formatPath(other) };
    }
    seen.set(address, other ?? path);
  }
}

function placed(path: ConfigPath, address: string): PlacedAddress {
  return { path, address };
}
