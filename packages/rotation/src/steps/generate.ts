import { generateKeyAsync, loadPrivateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import type { Environment, KeyFiles } from "../environment.ts";
import { RotationError } from "../errors.ts";
import { enter, type RotatedKey, type RotationState } from "./rotation-state.ts";
import { moved, namesOf, type Step, type StepResult } from "./step.ts";

/**
 * Writes each key as a draft, records it in the journal, and then renames it, so that an existing key file belongs to the
 * rotation only if the journal contains its fingerprint.
 */
export const generate: Step = async (state, environment, nowMs) => {
  const { keyFiles } = environment;
  const index = state.incoming.findIndex(({ fingerprint }) => fingerprint === undefined);
  const key = state.incoming[index];
  if (key !== undefined) return makeDraft(state, key, keyFiles);
  for (const { selector } of state.incoming) {
    // One after the other, so that a crash leaves at most one draft half done.
    await keyFiles.install(state.domain, selector);
  }
  await checkKeyFiles(state, environment);
  return moved(enter(state, "publish", nowMs), `wrote ${filesOf(state.incoming)}`);
};

async function makeDraft(
  state: RotationState,
  key: RotatedKey,
  keyFiles: KeyFiles,
): Promise<StepResult> {
  const { selector, bits } = key;
  const made = await generateKeyAsync(
    key.type === "ed25519"
      ? { type: "ed25519" }
      : { type: "rsa", ...(bits === undefined ? {} : { bits }) },
  );
  await keyFiles.writeDraft(state.domain, selector, made.toPem());
  const { fingerprint } = made.publicKey;
  const known = { ...key, fingerprint, record: formatKeyRecord(made.publicKey) };
  const incoming = state.incoming.map((each) => (each === key ? known : each));
  return moved(
    { ...state, incoming },
    `made ${namesOf([key])}: ${made.type}, ${made.bits} bits, ${fingerprint}`,
  );
}

/** @throws RotationError "key-file" if a file is not the key in the journal, or the signer cannot use it. */
export async function checkKeyFiles(
  { domain, incoming }: RotationState,
  { keyFiles, signer }: Environment,
): Promise<void> {
  for (const key of incoming) {
    const { keyFile, fingerprint } = key;
    const pem = await keyFiles.read(keyFile);
    const found = pem === undefined ? undefined : fingerprintOf(pem);
    if (found !== fingerprint) {
      const problem = found === undefined ? "it is missing" : `it holds ${found}`;
      throw new RotationError(
        "key-file",
        `${keyFile} should hold the key ${fingerprint}, but ${problem}. Put the key back, or abort the rotation`,
      );
    }
    const objection = await signer?.objection(domain, key);
    if (objection !== undefined) {
      throw new RotationError("key-file", `the signer cannot use ${key.selector}: ${objection}`);
    }
  }
}

function fingerprintOf(pem: string): string {
  return loadPrivateKey(pem).publicKey.fingerprint;
}

function filesOf(keys: readonly RotatedKey[]): string {
  return keys.map(({ keyFile }) => keyFile).join(", ");
}
