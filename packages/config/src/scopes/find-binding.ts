import type { Binding, BindingGroup, NextHop } from "../schema/bindings.ts";
import type { Config } from "../schema/config-schema.ts";

/** A binding with everything that it inherits. */
export interface FoundBinding {
  readonly name: string;
  readonly groupName?: string;
  readonly group?: BindingGroup;
  /** Its entry in its group. */
  readonly nested?: Binding;
  /** Its entry among the top-level bindings. */
  readonly alone?: Binding;
  /** Its own next hop, or its group's. */
  readonly nextHop?: NextHop;
  /** Its own choice, or its group's. */
  readonly bounces?: "off" | "on";
}

/**
 * The binding of a name; undefined if the config has none.
 *
 * ```ts
 * findBinding(config, "pool-a")?.nextHop?.host; // its own next hop, or its group's
 * ```
 */
export function findBinding(config: Config, name: string): FoundBinding | undefined {
  const alone = own(config.bindings, name);
  const [groupName, group] =
    Object.entries(config.bindingGroups).find(
      ([, { bindings }]) => own(bindings ?? {}, name) !== undefined,
    ) ?? [];
  const nested = own(group?.bindings ?? {}, name);
  if (alone === undefined && nested === undefined) {
    return undefined;
  }
  const nextHop = nested?.nextHop ?? alone?.nextHop ?? group?.nextHop;
  const bounces = nested?.bounces ?? alone?.bounces ?? group?.bounces;
  return {
    name,
    ...(groupName === undefined ? {} : { groupName }),
    ...(group === undefined ? {} : { group }),
    ...(nested === undefined ? {} : { nested }),
    ...(alone === undefined ? {} : { alone }),
    ...(nextHop === undefined ? {} : { nextHop }),
    ...(bounces === undefined ? {} : { bounces }),
  };
}

/**
 * The names of all bindings, in groups or alone.
 *
 * ```ts
 * const { config } = readConfig("bindings: { out: { nextHop: { host: smtp.example.net } } }");
 * config && [...bindingNames(config)]; // ["out"]
 * ```
 */
export function bindingNames(config: Config): ReadonlySet<string> {
  return new Set([
    ...Object.values(config.bindingGroups).flatMap(({ bindings }) => Object.keys(bindings ?? {})),
    ...Object.keys(config.bindings),
  ]);
}

/** A record's own value: a name from outside may be `constructor`. */
function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
