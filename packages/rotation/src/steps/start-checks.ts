import { KeyError, loadPrivateKey } from "@mailseal/crypto";
import type { ActiveKey, KeyFiles } from "../environment.ts";
import { RotationError } from "../errors.ts";
import type { RotationPlan } from "../plan.ts";
import type { RotationSetup } from "../setup.ts";
import type { RotationState } from "./rotation-state.ts";
import { isBeforeOverlap, isEnd } from "./stage.ts";

/** Risky choices, which the caller must make explicitly. */
export interface StartChoices {
  /** Start even if an earlier rotation of the domain is in its overlap or later. */
  readonly parallel?: boolean | undefined;
  /** Sign with fewer types of keys than before. */
  readonly replacePair?: boolean | undefined;
  /** Activate keys in another way (table, file or command) than the previous rotation. */
  readonly changeActivation?: boolean | undefined;
}

/**
 * Two rotations of one domain could remove each other's keys, so one must end first, unless the caller asks for both.
 *
 * @throws RotationError "rotation-under-way" or "other-activation".
 */
export function checkOthers(
  rotations: readonly RotationState[],
  domain: string,
  setup: RotationSetup | undefined,
  { parallel, changeActivation }: StartChoices,
): void {
  const open = rotations.filter(({ stage }) => !isEnd(stage));
  const changing = open.find(({ stage }) => isBeforeOverlap(stage));
  if (changing !== undefined) {
    throw underWay(domain, changing, "wait until it reaches its overlap, or abort it");
  }
  const [first] = open;
  if (first !== undefined && parallel !== true) {
    throw underWay(
      domain,
      first,
      "wait until it ends, abort it, or start another beside it with --parallel",
    );
  }
  const before = (open.at(-1) ?? rotations.at(-1))?.setup;
  if (before === undefined || setup === undefined || isSameActivation(before, setup)) return;
  const isOpen = first !== undefined;
  if (isOpen || changeActivation !== true) {
    throw new RotationError(
      "other-activation",
      `the previous rotation of ${domain} used ${activationOf(before)}, but this one uses ${activationOf(setup)}, so the signer would not find the new keys. ${isOpen ? "Use the same option as before" : "Use the same option as before, or --change-activation if the signer has changed"}`,
    );
  }
}

/**
 * A domain that signs with RSA and Ed25519 keys keeps both, for receivers that support only one of them.
 *
 * @throws RotationError "fewer-types".
 */
export async function checkTypes(
  active: readonly ActiveKey[],
  plan: RotationPlan,
  keyFiles: KeyFiles,
  domain: string,
  { replacePair }: StartChoices,
): Promise<void> {
  if (replacePair === true) return;
  const planned = new Set<string>(plan.keys.map(({ type }) => type));
  const now = new Set<string>();
  for (const { keyFile } of active) {
    const type = await typeOf(keyFile, keyFiles);
    if (type !== undefined) now.add(type);
  }
  const dropped = [...now].filter((type) => !planned.has(type));
  // Every receiver supports RSA, so a change from Ed25519 to RSA alone costs nobody anything.
  if (dropped.includes("rsa") || (dropped.length > 0 && now.size > 1)) {
    throw new RotationError(
      "fewer-types",
      `${domain} signs with ${listed(now)} keys, but the plan has only ${listed(planned)}: receivers that support only ${dropped.join(" or ")} would find no valid signature. Add ${dropped.map((type) => `-t ${type}`).join(" ")}, or use --replace-pair`,
    );
  }
}

async function typeOf(keyFile: string, keyFiles: KeyFiles): Promise<string | undefined> {
  try {
    const pem = await keyFiles.read(keyFile);
    return pem === undefined ? undefined : loadPrivateKey(pem).type;
  } catch (error) {
    // The type of a key that is encrypted or cannot be read is unknown.
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

/** The activation, as an operator names it. */
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
    `${domain} already has a rotation: number ${id} is in stage ${stage}; ${advice}`,
  );
}
