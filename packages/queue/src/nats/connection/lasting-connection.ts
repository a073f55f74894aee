import type { NodeConnectionOptions } from "@nats-io/transport-node";

const usualWaitMs = 250;
const usualTimeoutMs = 5000;

/**
 * Options of a connection that is made again for as long as it is open, whatever becomes of the wall clock.
 *
 * The client's own pause between two attempts ends at a time of day: after a clock that was set back by an hour
 * it would wait for an hour. So it is told not to pause, and each attempt but the first is put off by a timer.
 * And of a server that ends in the middle of an attempt the client hears nothing until the attempt has timed out:
 * the client's 20 seconds are long for a restart.
 */
export function lastingConnection(options: NodeConnectionOptions = {}): NodeConnectionOptions {
  const { reconnectTimeWait = usualWaitMs, reconnectDelayHandler } = options;
  let isFirst = true;
  return {
    timeout: usualTimeoutMs,
    ...options,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () => -Infinity,
    reconnectToServer: ([next]) => {
      const delay = isFirst ? 0 : (reconnectDelayHandler?.() ?? reconnectTimeWait);
      isFirst = false;
      return next === undefined ? null : { server: next, delay };
    },
  };
}
