import type { Section } from "../imported-config.ts";
import { isNetwork, networksOf } from "../network-set.ts";
import { readMap } from "./maps.ts";
import type { RspamdSettings } from "./settings.ts";

/** The default of `local_addrs`, besides this machine. */
const localByDefault: readonly string[] = [
  "192.168.0.0/16",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "fd00::/8",
  "169.254.0.0/16",
  "fe80::/10",
];
const thisMachine: readonly string[] = ["127.0.0.0/8", "::1"];

/** The clients whose mail is signed: local clients, `sign_networks`, and logged-in users. */
export function eligible(settings: RspamdSettings): {
  readonly relayNetworks: readonly string[];
  readonly signCondition: Section;
} {
  const local = networks(settings, "local_addrs") ?? localByDefault;
  const named = networks(settings, "sign_networks") ?? [];
  const signsLocal = settings.isOn("sign_local", true);
  settings.carriedAll("sign_local", "relayNetworks of the listener");
  const signsAuthenticated = settings.isOn("sign_authenticated", true);
  settings.carriedAll(
    "sign_authenticated",
    signsAuthenticated ? "direction: auto" : "signCondition",
  );
  const texts = [...(signsLocal ? [...thisMachine, ...local] : []), ...named];
  return {
    relayNetworks: networksOf(texts.map((text) => ({ text, isExcluded: false }))),
    signCondition: signsAuthenticated ? {} : { signCondition: ["relayNetwork"] },
  };
}

function networks(settings: RspamdSettings, name: string): readonly string[] | undefined {
  const placed = settings.get(name);
  if (placed === undefined) return undefined;
  settings.settled(name);
  const { file, entry } = placed;
  const entries = readMap(file, entry, settings.account, settings.readText);
  if (entries === undefined) return undefined;
  settings.account.carried(
    { file, line: entry.line, endLine: entry.endLine },
    name,
    "relayNetworks",
  );
  return entries.flatMap(({ key, ...place }) => {
    if (isNetwork(key)) {
      settings.account.carried(place, `${name} ${key}`, "relayNetworks of the listener");
      return [key];
    }
    settings.account.notCarried(
      place,
      name,
      `${key} is not an address or network: add its addresses to relayNetworks`,
    );
    return [];
  });
}
