import { existsSync } from "node:fs";
import { MailsealError } from "@mailseal/errors";
import type { Journal, Rotation, RotationSetup, RotationState, Signer } from "@mailseal/rotation";
import { checkSigner } from "../admin/signer-check.ts";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";

/** The open journal and its rotations, while a command runs. */
export interface OpenState {
  readonly journal: Journal;
  /** The rotations that have not ended, oldest first. */
  openRotations(domain?: string): readonly RotationState[];
  rotationOf(setup: RotationSetup): Rotation;
  /** Uses the setup with which the rotation was started. */
  rotationOfState(state: RotationState): Rotation;
}

/** The exit codes of errors; of all others, "unreadable". */
const exitCodes: ReadonlyMap<string, ExitCode> = new Map([
  ["bad-domain", exitCode.misuse],
  ["bad-plan", exitCode.misuse],
  ["bad-selector", exitCode.misuse],
  ["bad-server", exitCode.misuse],
  ["rotation-under-way", exitCode.no],
  ["other-activation", exitCode.no],
  ["fewer-types", exitCode.no],
  ["no-rotation", exitCode.no],
  ["cannot-abort", exitCode.no],
  ["busy", exitCode.temporary],
  ["lease-lost", exitCode.temporary],
]);

/** Opens the state file, runs `use`, closes everything, and turns errors into `CommandFailure`s. */
export async function withState<Value>(
  path: string,
  which: "make" | "existing",
  use: (state: OpenState) => Promise<Value>,
): Promise<Value> {
  if (which === "existing" && !existsSync(path)) {
    throw new CommandFailure(
      exitCode.unreadable,
      `there is no rotation state at ${path}; create it with mailseal rotate start, or give its path with --state`,
    );
  }
  // Imported here, because no other command needs SQLite.
  const {
    createRotation,
    environmentOf,
    isEnd,
    Journal: FileJournal,
  } = await import("@mailseal/rotation");
  const { KeyDatabase } = await import("@mailseal/policy/keys");
  const open: { close(): void }[] = [];
  try {
    const journal = new FileJournal(path);
    open.push(journal);
    const rotationOf = (setup: RotationSetup): Rotation =>
      createRotation({
        journal,
        ...environmentOf(setup, {
          environment: process.env,
          openTable: (file) => {
            const table = new KeyDatabase(file);
            open.push(table);
            return table;
          },
        }),
        ...signerOf(setup),
      });
    return await use({
      journal,
      openRotations: (domain) => journal.rotations(domain).filter(({ stage }) => !isEnd(stage)),
      rotationOf,
      rotationOfState: (state) => rotationOf(setupOfState(state)),
    });
  } catch (error) {
    if (!(error instanceof MailsealError)) throw error;
    throw new CommandFailure(exitCodes.get(error.code) ?? exitCode.unreadable, error.message);
  } finally {
    for (const opened of open) opened.close();
  }
}

/** A relay signs with the keys in a table. For a file or a command, the signer is known only if the setup names it. */
function signerOf({ signer, activate }: RotationSetup): { readonly signer?: Signer } {
  const how = signer ?? (activate.method === "table" ? {} : undefined);
  if (how === undefined) return {};
  const { user, ...rest } = how;
  const options = { ...rest, ...(user === undefined ? {} : { relayUser: user }) };
  return {
    signer: {
      async objection(domain, key) {
        const check = await checkSigner({ domain, ...key }, options);
        return check.status === "unusable" ? check.problem : undefined;
      },
    },
  };
}

function setupOfState({ setup, domain }: RotationState): RotationSetup {
  if (setup !== undefined) return setup;
  throw noRotation(domain);
}

export function noRotation(domain: string): CommandFailure {
  return new CommandFailure(
    exitCode.no,
    `there is no rotation of ${domain}; start one with mailseal rotate start`,
  );
}
