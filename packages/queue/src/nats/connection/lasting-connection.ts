import type { NodeConnectionOptions } from "@nats-io/transport-node";

const usualWaitMs = 250;
const usualTimeoutMs = 5000;

/**
 * Options of a connection that reconnects until it is closed, even if the wall clock is set.
 *
 * The client's own pause between two attempts ends at a time of day: if the clock were set back by an hour, it would
 * wait for an hour. These options therefore switch its pause off and delay each attempt but the first with a timer. If a
 * server ends in the middle of an attempt, the client notices only when the attempt times out; its default of 20 seconds
 * is long for a restart, so that these options set 5.
 *
 * ```ts
 * const connection = lastingConnection({ servers: ["10.0.0.1:4222"], user: "mailseal", pass: password });
 * await using queue = await openNatsQueue({ connection });
 * ```
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
