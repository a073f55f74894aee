import {
  anyObject,
  listOf,
  objectWith,
  oneOf,
  optionsCheck,
  optionsOf,
  required,
  text,
  trueOrFalse,
  wholeNumber,
} from "@mailseal/errors";
import type { Clock, Environment, NamedResolver } from "./environment.ts";
import { badOption } from "./errors.ts";
import type { HistoryEntry, Journal } from "./journal.ts";
import type { RotationPlan } from "./plan.ts";
import { setupRule } from "./setup-rule.ts";
import type { RotationSetup } from "./setup.ts";
import type { Patience } from "./steps/advance-rotation.ts";
import type { RotationState } from "./steps/rotation-state.ts";
import type { StartChoices } from "./steps/start-checks.ts";

/** The options of `createRotation`: its journal and its outside world. */
export interface RotationOptions extends Environment {
  /** The caller closes it. */
  readonly journal: Journal;
  /** Default: the system clock. */
  readonly clock?: Clock;
}

/** The options of `start`. */
export interface StartOptions extends StartChoices {
  /** Differences from `defaultPlan`. */
  readonly plan?: Partial<RotationPlan>;
  /** Kept in the journal, for `environmentOf`. */
  readonly setup?: RotationSetup;
}

/** The options of `advance`. */
export interface AdvanceOptions {
  /** Default: every domain of the journal. */
  readonly domain?: string;
  /** Only this rotation, because several rotations of a domain may have different setups. */
  readonly rotation?: number;
  /** Default "scheduled". */
  readonly patience?: Patience;
}

/** The result for a rotation that was due. `state.dueMs` is the time of the next check. */
export type Advance =
  | {
      readonly kind: "advanced";
      readonly state: RotationState;
      /** The steps taken, in order; empty if the rotation still waits. */
      readonly did: readonly string[];
    }
  /** Another process is working on the domain. */
  | { readonly kind: "busy"; readonly domain: string };

/** The state of a rotation and its next step. */
export interface Preview {
  readonly state: RotationState;
  /** The step that `advance` would take now, or at `state.dueMs` if that is later. */
  readonly next: string;
}

/** The key rotations in a journal. Errors are `RotationError`s; the README lists their codes. */
export interface Rotation {
  /**
   * Records a rotation in the journal; `advance` then makes the keys. Throws "rotation-under-way" if another has not ended
   * (with `parallel`: not reached `overlap`), "other-activation", "fewer-types", "bad-domain", "bad-plan",
   * "bad-selector", "busy".
   */
  start(domain: string, options?: StartOptions): Promise<RotationState>;
  /** The rotation that `start` would start. Changes nothing. */
  propose(domain: string, options?: StartOptions): Promise<Omit<RotationState, "id">>;
  /** Takes every due step of every rotation, one after the other. */
  advance(options?: AdvanceOptions): Promise<readonly Advance[]>;
  /** The next step of `advance`. Changes nothing, and makes no DNS queries. */
  preview(options?: AdvanceOptions): readonly Preview[];
  /**
   * Cancels the latest rotation and keeps the old key; `advance` does the rest. Throws "no-rotation", "cannot-abort",
   * "busy".
   */
  abort(domain: string): Promise<RotationState>;
  /** Every rotation, including ended ones, oldest first. */
  status(domain?: string): readonly RotationState[];
  /** Everything that happened, oldest first; of one domain, or of all. */
  history(domain?: string): readonly HistoryEntry[];
}

export const checkRotationOptions: (options: unknown) => void = optionsCheck<RotationOptions>(
  "options",
  {
    journal: required(objectWith("a Journal", "rotations")),
    keyFiles: required(objectWith("key files, such as keyDirectory(path)", "writeDraft")),
    publisher: required(objectWith("a publisher, such as zonePublisher()", "apply")),
    resolvers: required(
      listOf(
        "named resolvers",
        optionsOf<NamedResolver>({
          name: required(text),
          resolver: required(objectWith("a TxtResolver, such as wireResolver()", "resolveTxt")),
        }),
      ),
    ),
    activation: required(objectWith("an activation, such as activeFile(path)", "activate")),
    signer: objectWith("an object with the method objection", "objection"),
    clock: objectWith("an object with the method nowMs", "nowMs"),
  },
  badOption,
);

export const checkStartOptions: (options: unknown) => void = optionsCheck<StartOptions>(
  "options",
  {
    parallel: trueOrFalse,
    replacePair: trueOrFalse,
    changeActivation: trueOrFalse,
    plan: anyObject("differences from defaultPlan"),
    setup: setupRule,
  },
  badOption,
);

export const checkAdvanceOptions: (options: unknown) => void = optionsCheck<AdvanceOptions>(
  "options",
  { domain: text, rotation: wholeNumber(0), patience: oneOf(["scheduled", "eager"]) },
  badOption,
);
