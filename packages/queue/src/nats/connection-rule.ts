import {
  anyObject,
  callback,
  either,
  faultOf,
  listOf,
  nearestName,
  number,
  type OptionFault,
  type OptionRule,
  secret,
  text,
  trueOrFalse,
  unknownOption,
  wholeNumber,
} from "@mailseal/errors";
import type { NodeConnectionOptions } from "@nats-io/transport-node";

const milliseconds = number(0, Infinity, "milliseconds");

/** The options of the client's `connect`, each of them, so that a new one of the client does not compile without its rule. */
const rules: Readonly<Record<keyof NodeConnectionOptions, OptionRule>> = {
  authenticator: either(callback, listOf("functions", callback)),
  debug: trueOrFalse,
  ignoreAuthErrorAbort: trueOrFalse,
  ignoreClusterUpdates: trueOrFalse,
  inboxPrefix: text,
  maxPingOut: wholeNumber(0),
  maxReconnectAttempts: wholeNumber(-1),
  name: text,
  noAsyncTraces: trueOrFalse,
  noEcho: trueOrFalse,
  noRandomize: trueOrFalse,
  pass: secret(text),
  pedantic: trueOrFalse,
  pingInterval: milliseconds,
  port: wholeNumber(1, 65_535),
  reconnect: trueOrFalse,
  reconnectDelayHandler: callback,
  reconnectJitter: milliseconds,
  reconnectJitterTLS: milliseconds,
  reconnectTimeWait: milliseconds,
  reconnectToServer: callback,
  resolve: trueOrFalse,
  servers: either(text, listOf("server addresses", text, 1)),
  timeout: milliseconds,
  tls: anyObject("an object of TLS options"),
  token: secret(text),
  user: text,
  verbose: trueOrFalse,
  waitOnFirstConnect: trueOrFalse,
};
const byName: ReadonlyMap<string, OptionRule> = new Map(Object.entries(rules));

/**
 * The options of a connection, by their types. An unknown one is refused only if it looks like a known one: a later
 * version of the client may have more.
 */
export const connectionRule: OptionRule = {
  expected: 'connection options such as { servers: "nats://127.0.0.1:4222" }',
  accepts: (value) => isObject(value) && faultIn(value, "") === undefined,
  inside: (value, path) => (isObject(value) ? faultIn(value, path) : undefined),
};

function faultIn(
  options: Readonly<Record<string, unknown>>,
  path: string,
): OptionFault | undefined {
  for (const name in options) {
    const option = `${path}.${name}`;
    const rule = byName.get(name);
    const nearest = rule === undefined ? nearestName(name, byName.keys()) : undefined;
    if (nearest !== undefined) {
      return { option, message: `${option}: ${unknownOption(byName.keys(), nearest)}` };
    }
    const value = options[name];
    // The client takes null for no TLS.
    if (rule === undefined || value === undefined || value === null) continue;
    if (!rule.accepts(value)) return faultOf(rule, value, option);
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return anyObject("").accepts(value);
}
