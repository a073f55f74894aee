import type { Command } from "commander";

export interface Program {
  readonly name: string;
  /** The section of its pages. */
  readonly section: string;
  /** From its sources: their bundle exports no commands. */
  readonly load: () => Promise<Command>;
}

/** The programs, by the names of their packages. Each is loaded alone, because another one may not be built yet. */
export const programs: ReadonlyMap<string, Program> = new Map<string, Program>([
  [
    "@mailseal/cli",
    {
      name: "mailseal",
      section: "1",
      load: async () =>
        (await import("../../../apps/cli/src/main.ts")).mailsealCommand(() => undefined),
    },
  ],
  [
    "@mailseal/relay",
    {
      name: "mailseal-relay",
      section: "8",
      load: async () => (await import("../../../apps/relay/src/main.ts")).relayCommand(),
    },
  ],
  [
    "@mailseal/worker",
    {
      name: "mailseal-worker",
      section: "8",
      load: async () => (await import("../../../apps/worker/src/main.ts")).workerCommand(),
    },
  ],
]);
