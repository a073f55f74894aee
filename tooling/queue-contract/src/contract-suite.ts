import { describe } from "vitest";
import type { Backend } from "./backend.ts";
import { acceptingContract } from "./contract/accepting.ts";
import { administrationContract } from "./contract/administration.ts";
import { clockStepsContract } from "./contract/clock-steps.ts";
import { destinationsContract } from "./contract/destinations.ts";
import { leasesContract } from "./contract/leases.ts";
import { resendsContract } from "./contract/resends.ts";
import { takingContract } from "./contract/taking.ts";

/** The whole contract of a queue, one test for each promise. */
export function queueContract(backend: Backend): void {
  describe(`the queue in ${backend.name}`, () => {
    describe("accepting", () => {
      acceptingContract(backend);
    });
    describe("several destinations", () => {
      destinationsContract(backend);
    });
    describe("taking", () => {
      takingContract(backend);
    });
    describe("leases", () => {
      leasesContract(backend);
    });
    describe("clock steps", () => {
      clockStepsContract(backend);
    });
    describe("resent mail", () => {
      resendsContract(backend);
    });
    describe("administration", () => {
      administrationContract(backend);
    });
  });
}
