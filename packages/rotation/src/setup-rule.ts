import {
  argumentCheck,
  faultOf,
  listOf,
  oneOf,
  type OptionRule,
  type OptionRules,
  optionsOf,
  required,
  text,
  wholeNumber,
} from "@mailseal/errors";
import { badOption } from "./errors.ts";
import type { FileOwner } from "./files/durable-file.ts";
import type { RotationSetup } from "./setup.ts";

type Publish = RotationSetup["publish"];
type Activate = RotationSetup["activate"];
/** The rules of one alternative, without its method. */
type Rules<Alternative extends { readonly method: string }> = OptionRules<
  Omit<Alternative, "method">
>;

const argv = required(listOf("words", text, 1));

const publish = byMethod<Publish>({
  zone: { file: text } satisfies Rules<Extract<Publish, { method: "zone" }>>,
  update: { server: required(text), tsigKeyFile: required(text), zone: text } satisfies Rules<
    Extract<Publish, { method: "update" }>
  >,
  powerdns: { api: required(text), apiKeyFile: required(text), zone: text } satisfies Rules<
    Extract<Publish, { method: "powerdns" }>
  >,
  command: { argv } satisfies Rules<Extract<Publish, { method: "command" }>>,
});

const activate = byMethod<Activate>({
  file: {},
  command: { argv } satisfies Rules<Extract<Activate, { method: "command" }>>,
  table: { database: required(text) } satisfies Rules<Extract<Activate, { method: "table" }>>,
});

const id = required(wholeNumber(0));

/** A `RotationSetup`, to the last member: a wrong one would be noticed only when the rotation goes on, by another process. */
export const setupRule: OptionRule = optionsOf<RotationSetup>({
  keyDirectory: required(text),
  publish: required(publish),
  resolvers: required(listOf("addresses of DNS servers", text)),
  activate: required(activate),
  passEnvironment: listOf("names of environment variables", text),
  keyOwner: optionsOf<FileOwner>({ uid: id, gid: id }),
  signer: optionsOf<NonNullable<RotationSetup["signer"]>>({
    user: text,
    admin: text,
    tokenFile: text,
  }),
});

/** Throws a `RotationError` "bad-option". */
export const checkSetup: (setup: unknown) => void = argumentCheck("setup", setupRule, badOption);

/** The same for one of its members. */
export const checkPublish: (publish: unknown) => void = argumentCheck(
  "publish",
  publish,
  badOption,
);

/** The rule of an object whose `method` decides about its other members. */
function byMethod<Value extends { readonly method: string }>(
  rules: Readonly<Record<Value["method"], Readonly<Record<string, OptionRule>>>>,
): OptionRule {
  const methods = required(oneOf(Object.keys(rules)));
  const byName = new Map(
    Object.entries<Readonly<Record<string, OptionRule>>>(rules).map(([method, members]) => [
      method,
      optionsOf({ method: methods, ...members }),
    ]),
  );
  const ruleOf = (value: unknown): OptionRule | undefined =>
    isObject(value) ? byName.get(String(value["method"])) : undefined;
  return {
    expected: `an object with method: ${methods.expected}`,
    accepts: (value) => ruleOf(value)?.accepts(value) ?? false,
    inside(value, path) {
      if (!isObject(value)) return undefined;
      const rule = ruleOf(value);
      return rule === undefined
        ? faultOf(methods, value["method"], `${path}.method`)
        : rule.inside?.(value, path);
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
