import type { ImportAccount } from "../account.ts";
import { isNetwork, type NetworkEntry, networksOf } from "../network-set.ts";
import type { DatasetEntry } from "./source.ts";

/** OpenDKIM's default of InternalHosts. */
const internalByDefault: readonly string[] = ["127.0.0.1"];

/** The networks of a milter listener. */
export interface ListenerNetworks {
  readonly relayNetworks: readonly string[];
  readonly ignoreNetworks: readonly string[];
}

/**
 * InternalHosts (undefined if it is not set) lists the clients whose mail is signed, and PeerList those whose mail passes
 * unchanged.
 */
export function listenerNetworks(
  internal: readonly DatasetEntry[] | undefined,
  peers: readonly DatasetEntry[],
  account: ImportAccount,
): ListenerNetworks {
  const inside = internal?.flatMap((entry) =>
    read(entry, "InternalHosts", "relayNetworks", account),
  );
  const ignored = peers.flatMap((entry) => read(entry, "PeerList", "ignoreNetworks", account));
  return {
    relayNetworks: networksOf(
      inside ?? internalByDefault.map((text) => ({ text, isExcluded: false })),
    ),
    ignoreNetworks: networksOf(ignored),
  };
}

function read(
  entry: DatasetEntry,
  list: string,
  option: keyof ListenerNetworks,
  account: ImportAccount,
): NetworkEntry[] {
  const networks = networkEntries(entry);
  if (networks.length > 0) {
    account.carried(entry, `${list} ${entry.key}`, `${option} of the listener`);
  } else {
    account.notCarried(
      entry,
      list,
      `${entry.key} is a name, but clients are identified by address: add the addresses to ${option}`,
    );
  }
  return networks;
}

function networkEntries({ key }: DatasetEntry): NetworkEntry[] {
  const isExcluded = key.startsWith("!");
  const text = isExcluded ? key.slice(1) : key;
  if (text.toLowerCase() === "localhost") {
    return ["127.0.0.0/8", "::1"].map((local) => ({ text: local, isExcluded }));
  }
  return isNetwork(text) ? [{ text, isExcluded }] : [];
}
