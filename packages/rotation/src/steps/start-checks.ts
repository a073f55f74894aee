import { KeyError, loadPrivateKey } from "@mailseal/crypto";
import type { ActiveKey, KeyFiles } from "../environment.ts";
import { RotationError } from "../errors.ts";
import type { RotationPlan } from "../plan.ts";
import type { RotationSetup } from "../setup.ts";
import type { RotationState } from "./rotation-state.ts";
import { isBeforeOverlap, isEnd } from "./stage.ts";

/** What has to be said by name. */
export interface StartWords {
  /** Begin although an earlier rotation of the domain is in its overlap or after. */
  readonly parallel?: boolean | undefined;
  /** Sign with fewer types of keys than until now. */
  readonly replacePair?: boolean | undefined;
  /** Let another table, file or command say what is signed with than in the rotation before. */
  readonly changeActivation?: boolean | undefined;
}

/**
 * Two rotations of one domain would take each other's keys away: one is to end first, or somebody says that they know.
 *
 * @throws RotationError "rotation-under-way" or "other-activation".
 */
export function checkOthers(
  rotations: readonly RotationState[],
  domain: string,
  setup: RotationSetup | undefined,
  { parallel, changeActivation }: StartWords,
): void {
  const open = rotations.filter(({ stage }) => !isEnd(stage));
  const changing = open.find(({ stage }) => isBeforeOverlap(stage));
  if (changing !== undefined) {
    throw underWay(domain, changing, "let it come to its overlap, or abort it");
  }
  const [first] = open;
  if (first !== undefined && parallel !== true) {
    throw underWay(domain, first, "let it end, abort it, or begin beside it with --parallel");
  }
  const before = (open.at(-1) ?? rotations.at(-1))?.setup;
  if (before === undefined || setup === undefined || isSameActivation(before, setup)) return;
  const isOpen = first !== undefined;
  if (isOpen || changeActivation !== true) {
    throw new RotationError(
      "other-activation",
      `expected ${domain} to go on with ${activationOf(before)}, as in the rotation before, got ${activationOf(setup)}: the signer would not hear of the new keys; ${isOpen ? "say it as before" : "say it as before, or --change-activation if the signer has changed"}`,
    );
  }
}

/**
 * A domain that signs with RSA and Ed25519 keys goes on with both, for receivers that know one of them.
 *
 * @throws RotationError "fewer-types".
 */
export async function checkTypes(
  active: readonly ActiveKey[],
  plan: RotationPlan,
  keyFiles: KeyFiles,
  domain: string,
  { replacePair }: StartWords,
): Promise<void> {
  if (replacePair === true) return;
  const planned = new Set<string>(plan.keys.map(({ type }) => type));
  const now = new Set<string>();
  for (const { keyFile } of active) {
    const type = await typeOf(keyFile, keyFiles);
    if (type !== undefined) now.add(type);
  }
  const dropped = [...now].filter((type) => !planned.has(type));
  // Every receiver knows RSA: from Ed25519 alone to RSA alone nobody loses anything.
  if (dropped.includes("rsa") || (dropped.length > 0 && now.size > 1)) {
    throw new RotationError(
      "fewer-types",
      `expected keys of ${listed(now)}, with which ${domain} signs now, got ${listed(planned)} alone: receivers that know only ${dropped.join(" or ")} would see no signature; add ${dropped.map((type) => `-t ${type}`).join(" ")}, or say --replace-pair`,
    );
  }
}

async function typeOf(keyFile: string, keyFiles: KeyFiles): Promise<string | undefined> {
  try {
    const pem = await keyFiles.read(keyFile);
    return pem === undefined ? undefined : loadPrivateKey(pem).type;
  } catch (error) {
    // What cannot be read or is encrypted is not known to be dropped.
    if (error instanceof KeyError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

function listed(types: ReadonlySet<string>): string {
  return [...types].toSorted().toReversed().join(" and ");
}

function isSameActivation(one: RotationSetup, other: RotationSetup): boolean {
  return activationOf(one) === activationOf(other);
}

/** As an operator says it. */
function activationOf({ activate, keyDirectory }: RotationSetup): string {
  switch (activate.method) {
    case "table":
      return `--database ${activate.database}`;
    case "command":
      return `--activate-command ${JSON.stringify(activate.argv)}`;
    case "file":
      return `the active.json of --keys ${keyDirectory}`;
  }
}

function underWay(domain: string, { stage, id }: RotationState, advice: string): RotationError {
  return new RotationError(
    "rotation-under-way",
    `expected no rotation of ${domain} under way, and number ${id} is in stage ${stage}; ${advice}`,
  );
}
