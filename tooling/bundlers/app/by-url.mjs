import { roundTrip } from "./round-trip.mjs";

await roundTrip({
  signer: new URL(/* webpackIgnore: true */ "./signer-thread.mjs", import.meta.url),
  verifier: new URL(/* webpackIgnore: true */ "./verifier-thread.mjs", import.meta.url),
});
