import { isIP } from "node:net";
import type { ImportAccount, Place } from "../account.ts";
import type { Section } from "../imported-config.ts";
import type { MomentumNode, MomentumSetting } from "./syntax.ts";

/** Converts `gateway` and `bind_address` of a binding or group to its `nextHop`; the top level has no next hop. */
export function nextHopOf(
  nodes: readonly MomentumNode[],
  level: "global" | "group" | "binding",
  placeOf: (node: MomentumSetting) => Place,
  account: ImportAccount,
): Section | undefined {
  const settings = nodes.filter((node) => node.kind === "setting");
  const gateway = settings.findLast(({ name }) => name === "gateway");
  const address = settings.findLast(({ name }) => name === "bind_address");
  const hop = level === "global" ? undefined : hostOf(gateway);
  const localAddress = addressOf(address?.values[0]);
  for (const setting of settings) {
    if (setting.name !== "gateway" && setting.name !== "bind_address") continue;
    const place = placeOf(setting);
    if (setting !== gateway && setting !== address) {
      account.notNeeded(place, setting.name, "Momentum uses the last one");
    } else if (level === "global") {
      account.notCarried(
        place,
        setting.name,
        "only bindings have a next hop: set nextHop of a binding, and defaultBinding",
      );
    } else if (setting === gateway && hop === undefined) {
      account.notCarried(place, setting.name, "a next hop is one host, or host:port: set nextHop");
    } else if (hop === undefined) {
      account.notCarried(
        place,
        setting.name,
        "without a gateway there is no next hop: set nextHop.host, and nextHop.localAddress to this address",
      );
    } else if (setting === address && localAddress === undefined) {
      account.notCarried(
        place,
        setting.name,
        `${setting.values[0] ?? ""} is not an address: set nextHop.localAddress`,
      );
    } else {
      const option = setting === gateway ? "host" : "localAddress";
      account.carried(place, setting.name, `nextHop.${option}`);
    }
  }
  return hop === undefined
    ? undefined
    : { ...hop, ...(localAddress === undefined ? {} : { localAddress }) };
}

function hostOf(gateway: MomentumSetting | undefined): Section | undefined {
  const [value, ...others] = gateway?.values ?? [];
  const [, host, port] = /^(\[[\da-fA-F:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/.exec(value ?? "") ?? [];
  if (host === undefined || others.length > 0) return undefined;
  return {
    host: host.replace(/^\[(.*)\]$/, "$1"),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** A single address, which may be written as a network with a full prefix. */
function addressOf(value: string | undefined): string | undefined {
  const [, address = ""] = /^(.+?)(?:\/(?:32|128))?$/.exec(value ?? "") ?? [];
  return isIP(address) === 0 ? undefined : address;
}
