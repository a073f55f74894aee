/**
 * The files that may read the wall clock, each with its reason: the time is printed, signed, or compared with a
 * stored time. All other code measures durations, and uses the monotonic clock, because a wall clock that somebody
 * sets back would make a duration an hour longer.
 */
export const wallClockPlaces: ReadonlyMap<string, string> = new Map([
  [
    "packages/policy/src/pipeline/clock.ts",
    "t=, x= and the dates of fields; its other clock is monotonic",
  ],
  ["packages/policy/src/tracing.ts", "the end of a span, which is printed"],
  ["packages/signer/src/signer.ts", "t= and x="],
  ["packages/verifier/src/options.ts", "compared with t= and x="],
  ["packages/stats/src/statistics.ts", "when counting began, which is printed"],
  ["packages/stats/src/store/aggregator.ts", "when counting began, which is printed"],
  ["packages/stats/src/snapshot/time-series.ts", "the labels of a chart"],
  ["packages/service/src/telemetry/failed-message.ts", "when a message failed, which is printed"],
  ["packages/queue/src/embedded/options.ts", "when messages are due, which is stored"],
  ["packages/queue/src/nats/options.ts", "when messages are due, which is stored"],
  ["packages/rotation/src/create-rotation.ts", "when a stage is due, which is stored"],
  [
    "packages/rotation/src/publishers/update-publisher.ts",
    "the time of a TSIG, which is signed (RFC 8945)",
  ],
  ["apps/cli/src/setup/answers.ts", "the year in the name of a key, which is printed"],
  ["apps/cli/src/setup/publish-keys.ts", "until when a resolver keeps an answer, which is printed"],
  ["apps/cli/src/setup/test-message/test-mail.ts", "the Date of a message"],
  ["apps/cli/src/doctor/checks/clock.ts", "whether the clock is right is the question"],
  ["apps/cli/src/doctor/checks/old-keys.ts", "the age of key files"],
  ["apps/cli/src/doctor/clock/sntp.ts", "compared with the clock of a time server (RFC 4330)"],
  ["apps/cli/src/commands/queue.ts", "the age of a message, from a time that is stored"],
  [
    "apps/relay/src/relay.ts",
    "the date of Received, and queue ids, which are unique over restarts",
  ],
  ["apps/relay/src/web/web-server.ts", "the age of key files"],
  ["apps/worker/src/worker.ts", "expiry, from a time that is stored; the date of notifications"],
  ["apps/worker/src/dead-letters.ts", "when a dead letter became one, which is stored"],
  ["apps/worker/src/key-rotation.ts", "when a stage is due, which is stored"],
]);
