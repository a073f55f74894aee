import { pino } from "pino";
import { createLog } from "./src/log.ts";
import { openPolicy } from "./src/policy-source.ts";
import { Relay } from "./src/relay.ts";
const log = createLog(
  { level: "info", format: "json" },
  pino.destination({ dest: "/tmp/relayx/log", sync: false }),
);
const policy = await openPolicy("/tmp/relayx/bench.yaml", (e) => {
  if (e.type === "fault") console.log(e);
});
await Relay.start(policy, { log });
process.once("SIGINT", () => process.exit(0));
