import { roundTrip } from "./round-trip.mjs";

await roundTrip({});
