import { existsSync } from "node:fs";
import { MailsealError } from "@mailseal/errors";
import type { Journal, Rotation, RotationSetup, RotationState, Signer } from "@mailseal/rotation";
import { checkSigner } from "../admin/signer-check.ts";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";

/** The open journal and its rotations, while a command runs. */
export interface OpenState {
  readonly journal: Journal;
  rotationOf(setup: RotationSetup): Rotation;
  /** Uses the setup with which the rotation was started. */
  rotationOfState(state: RotationState): Rotation;
}

const misuseCodes: ReadonlySet<string> = new Set(
  "bad-domain bad-plan bad-selector bad-server".split(" "),
);
const noCodes: ReadonlySet<string> = new Set(
  "rotation-under-way other-activation fewer-types no-rotation cannot-abort".split(" "),
);

/** Opens the state file, runs `use`, closes everything, and turns errors into `CommandFailure`s. */
export async function withState<Value>(
  path: string,
  which: "make" | "existing",
  use: (state: OpenState) => Promise<Value>,
): Promise<Value> {
  if (which === "existing" && !existsSync(path)) {
    throw new CommandFailure(
      exitCode.unreadable,
      `there is no rotation state at ${path}; mailseal rotate start creates it, and --state names another file`,
    );
  }
  // Imported here, because no other command needs SQLite.
  const {
    createRotation,
    environmentOf,
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
      rotationOf,
      rotationOfState: (state) => rotationOf(setupOfState(state)),
    });
  } catch (error) {
    throw error instanceof MailsealError ? new CommandFailure(codeOf(error), error.message) : error;
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

function codeOf({ code }: MailsealError): ExitCode {
  if (code === "busy") return exitCode.temporary;
  if (misuseCodes.has(code)) return exitCode.misuse;
  return noCodes.has(code) ? exitCode.no : exitCode.unreadable;
}
