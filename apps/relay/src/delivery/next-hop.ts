import type { Config } from "@mailseal/policy/config";

/** A server that mail is handed to, with all defaults filled in. */
export type NextHop = NonNullable<Config["bindings"][string]["nextHop"]>;

/** The next hop of each binding; a binding without its own has its group's. */
export function nextHopOf(config: Config, binding: string): NextHop | undefined {
  const alone = own(config.bindings, binding)?.nextHop;
  if (alone !== undefined) {
    return alone;
  }
  for (const group of Object.values(config.bindingGroups)) {
    const nested = own(group.bindings ?? {}, binding);
    if (nested !== undefined) {
      return nested.nextHop ?? group.nextHop;
    }
  }
  return undefined;
}

/** Config records are made from a file, whose names may be any. */
function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
