import {
  callback as callbackRule,
  listOf,
  objectWith,
  oneOf,
  type OptionRule,
  optionsCheck,
  optionsOf,
  wholeNumber,
  withDefaults,
} from "@mailseal/errors";
import { badOption, type MilterError } from "./errors.ts";
import type { Wishes } from "./session/negotiation.ts";
import type { Room } from "./wire/packet-decoder.ts";
import {
  type Action,
  actionFlags,
  type MacroStage,
  type OptionalStep,
  optionalSteps,
} from "./wire/protocol.ts";

/** Sets and clears timers. Default: those of the runtime. */
export interface Timers {
  /** Calls back once, after this many milliseconds. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The time limits of a session. Each is in milliseconds and at least 1. */
export interface TimeLimits {
  /** For the MTA to start the negotiation. */
  readonly negotiationMs: number;
  /** For the MTA's next command. An MTA is silent for as long as its SMTP client is. */
  readonly commandMs: number;
  /** For a method of the handler other than `endOfMessage`. Postfix itself waits 30 s. */
  readonly stepMs: number;
  /** For `endOfMessage` and for sending its changes. */
  readonly endOfMessageMs: number;
  /** For the MTA to read what is written to it. */
  readonly writeMs: number;
}

/** The options of `serveMilter`. */
export interface MilterOptions {
  /** The changes that `endOfMessage` may make. No others are negotiated. */
  readonly actions?: readonly Action[];
  /**
   * Steps that the handler observes without deciding: the MTA is asked not to wait for an answer. If the
   * handler does answer, the answer is sent at the next step that has one.
   */
  readonly silentSteps?: readonly OptionalStep[];
  /** Whether to report recipients that the MTA has refused. */
  readonly rejectedRecipients?: "hide" | "report";
  /**
   * The macros to request, by step, instead of those that the MTA is configured to send. For steps that are not
   * named here, it sends its own.
   */
  readonly macros?: Readonly<Partial<Record<MacroStage, readonly string[]>>>;
  /** Larger packets of body, if the MTA offers them (Sendmail with a build option). */
  readonly largePackets?: "64K" | "256K" | "1M";
  /** The longest packet accepted; each header field arrives in one packet. */
  readonly maxPacketBytes?: number;
  /**
   * Memory for arriving packets, shared by sessions: packets are small, but many may be half sent. A packet without
   * room is dropped, and its message or connection is answered with "tempfail". Default: no limit except
   * `maxPacketBytes` for each session.
   */
  readonly memory?: Room;
  readonly timeLimits?: Partial<TimeLimits>;
  /** How often to send "progress" to the MTA while `endOfMessage` is pending. */
  readonly progressIntervalMs?: number;
  readonly timers?: Timers;
  /** Called with each error that the session handled. Exceptions from it are ignored. */
  readonly onError?: (error: MilterError) => void;
}

/** The options, checked and complete. */
export interface SessionSettings {
  readonly wishes: Omit<Wishes, "steps">;
  readonly maxPacketBytes: number;
  readonly memory: Room | undefined;
  readonly timeLimits: TimeLimits;
  readonly progressIntervalMs: number;
  readonly timers: Timers;
  readonly onError: (error: MilterError) => void;
}

const defaultTimeLimits: TimeLimits = {
  negotiationMs: 60_000,
  // The same as in libmilter: longer than an SMTP client may be silent.
  commandMs: 7_210_000,
  stepMs: 25_000,
  endOfMessageMs: 280_000,
  writeMs: 60_000,
};

const systemTimers: Timers = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

// Longer timers would fire at once.
const milliseconds = wholeNumber(1, 2 ** 31 - 1, "milliseconds");

const macroNames: OptionRule = listOf("names of macros", {
  expected: 'the name of a macro, as "i" or "auth_authen"',
  accepts: (it) => typeof it === "string" && /^(?:\{[\w.-]+\}|[\w.-]+)$/.test(it),
});

const checkOptions = optionsCheck<MilterOptions>(
  "options",
  {
    actions: listOf("actions", oneOf(Object.keys(actionFlags))),
    silentSteps: listOf("steps", oneOf(optionalSteps)),
    rejectedRecipients: oneOf(["hide", "report"]),
    macros: optionsOf<NonNullable<MilterOptions["macros"]>>({
      connect: macroNames,
      helo: macroNames,
      mailFrom: macroNames,
      rcptTo: macroNames,
      data: macroNames,
      endOfMessage: macroNames,
      endOfHeaders: macroNames,
    }),
    largePackets: oneOf(["64K", "256K", "1M"]),
    maxPacketBytes: wholeNumber(1, 2 ** 31 - 1, "bytes"),
    memory: objectWith("an object with the methods take and give", "take"),
    timeLimits: optionsOf<Partial<TimeLimits>>({
      negotiationMs: milliseconds,
      commandMs: milliseconds,
      stepMs: milliseconds,
      endOfMessageMs: milliseconds,
      writeMs: milliseconds,
    }),
    progressIntervalMs: milliseconds,
    timers: objectWith("an object with the method after", "after"),
    onError: callbackRule,
  },
  badOption,
);

/** Throws a `MilterError` "bad-option". */
export function settingsOf(options: MilterOptions): SessionSettings {
  checkOptions(options);
  return {
    wishes: {
      silentSteps: new Set(options.silentSteps),
      actions: options.actions ?? [],
      rejectedRecipients: options.rejectedRecipients ?? "hide",
      largePackets: options.largePackets ?? "64K",
      macros: options.macros ?? {},
    },
    maxPacketBytes: options.maxPacketBytes ?? 1024 * 1024 + 4096,
    memory: options.memory,
    timeLimits: withDefaults(options.timeLimits ?? {}, defaultTimeLimits),
    progressIntervalMs: options.progressIntervalMs ?? 20_000,
    timers: options.timers ?? systemTimers,
    onError: options.onError ?? (() => {}),
  };
}
