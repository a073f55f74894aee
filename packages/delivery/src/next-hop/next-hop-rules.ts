import type { NextHop } from "@mailseal/config";
import {
  argumentCheck,
  oneOf,
  optionsOf,
  type OptionRule,
  type OptionRules,
  required,
  secret,
  text,
  trueOrFalse,
  wholeNumber,
} from "@mailseal/errors";
import { badOption } from "../errors.ts";

const milliseconds = required(wholeNumber(1, Infinity, "milliseconds"));

const connectionRules: OptionRules<Omit<NextHop, "host">> = {
  port: required(wholeNumber(1, 65_535)),
  tls: required(oneOf(["never", "opportunistic", "required", "implicit"])),
  verifyCertificate: required(trueOrFalse),
  username: text,
  password: secret(text),
  passwordFile: text,
  localAddress: text,
  heloName: text,
  connections: required(wholeNumber(1)),
  messagesPerConnection: required(wholeNumber(1)),
  connectTimeout: milliseconds,
  commandTimeout: milliseconds,
};

/** A next hop without its host, in the form that the config has after its defaults are filled in. */
export const connectionRule: OptionRule = optionsOf<Omit<NextHop, "host">>(connectionRules);

/** Checks a next hop, which a program may have written itself. Throws a `DeliveryOptionError` "bad-option". */
export const checkNextHop: (nextHop: unknown) => void = argumentCheck(
  "nextHop",
  optionsOf<NextHop>({ host: required(text), ...connectionRules }),
  badOption,
);
