import process from "node:process";
import { configSchema } from "@mailseal/config";
import { countForSupervisor } from "../../src/statistics/process-link.ts";

/** The requests of a test to this child process. */
export type ToCountingChild = "count a login" | "end";

const counting = countForSupervisor(configSchema.parse({ admin: { web: "127.0.0.1:0" } }));

process.on("message", (order: ToCountingChild) => {
  if (order === "end") {
    void counting.close().then(() => process.disconnect());
  } else if (order === "count a login") {
    counting.traffic.login("failed");
    counting.reporter.report();
  }
});
