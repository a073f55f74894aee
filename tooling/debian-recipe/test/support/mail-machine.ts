import { afterAll, beforeAll, inject } from "vitest";
import { Machine } from "../../src/machine.ts";
import { Outside } from "../../src/outside.ts";

/** The machine of a test file, and the network outside it. */
export interface MailMachine {
  readonly machine: Machine;
  readonly outside: Outside;
}

/**
 * Starts a fresh machine whose mailseal_*.deb is in /root, where an administrator would have downloaded it. `prepare`
 * runs before the tests.
 */
export function withMailMachine(prepare: (it: MailMachine) => Promise<void>): MailMachine {
  return withMachine(async (it) => {
    await it.machine.copyIn(inject("debianPackage"), "/root/mailseal_1_amd64.deb");
    await prepare(it);
  });
}

/** Starts a fresh machine for the tests of this block, which ends with them. */
export function withMachine(
  prepare: (it: MailMachine) => Promise<void> = async () => undefined,
): MailMachine {
  let started: { machine?: Machine; outside?: Outside } = {};
  beforeAll(async () => {
    const outside = await Outside.start();
    started = { outside };
    const machine = await Machine.start(outside);
    started = { outside, machine };
    await prepare({ machine, outside });
  });
  afterAll(async () => {
    await started.machine?.stop();
    await started.outside?.stop();
  });
  return {
    get machine() {
      return present(started.machine);
    },
    get outside() {
      return present(started.outside);
    },
  };
}

function present<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error("the machine has not been started");
  return part;
}
