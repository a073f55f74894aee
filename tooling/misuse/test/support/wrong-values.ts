import type { Option, ValueKind } from "../../src/option-parameters.ts";

/** A value of each kind that JavaScript can pass instead of another. */
const values: readonly (readonly [value: unknown, kind: ValueKind | "none"])[] = [
  ["no such value", "string"],
  ["300", "string"],
  ["", "string"],
  [-1.5, "number"],
  [300, "number"],
  [true, "boolean"],
  [() => {}, "function"],
  [{}, "object"],
  [[], "list"],
  [null, "none"],
  [NaN, "none"],
  [7n, "none"],
  [Symbol("symbol"), "none"],
  [Promise.resolve(1), "none"],
];

/** The values that the type of an option does not allow. */
export function wrongValues({ kinds, entryKinds }: Option): readonly unknown[] {
  if (kinds.has("anything")) return [];
  const wrong = values.filter(([, kind]) => kind === "none" || !kinds.has(kind));
  const entries =
    entryKinds === undefined || entryKinds.has("anything")
      ? []
      : values
          .filter(([, kind]) => kind === "none" || !entryKinds.has(kind))
          .map(([value]) => [value]);
  return [...wrong.map(([value]) => value), ...entries];
}
