import { Worker } from "node:worker_threads";
// The test has bundled each thread into one CommonJS file, which the bundler includes here as text.
import signerCode from "threads/signer.txt";
import verifierCode from "threads/verifier.txt";
import { roundTrip } from "./round-trip.mjs";

await roundTrip({
  signer: (options) => new Worker(signerCode, { ...options, eval: true }),
  verifier: (options) => new Worker(verifierCode, { ...options, eval: true }),
});
