import { Worker } from "node:worker_threads";
import { roundTrip } from "./round-trip.mjs";

await roundTrip({
  signer: (options) => new Worker(new URL("./signer-thread.mjs", import.meta.url), options),
  verifier: (options) => new Worker(new URL("./verifier-thread.mjs", import.meta.url), options),
});
