import type { Command } from "../wire/command.ts";
import {
  type Action,
  actionFlags,
  bodyChunkBytes,
  type MacroStage,
  macroStages,
  oldestVersion,
  type OptionalStep,
  optionalSteps,
  protocolFlags,
  protocolVersion,
  setMacrosFlag,
  stepFlags,
} from "../wire/protocol.ts";
import type { Reply } from "../wire/reply.ts";

/** The requests of a filter; see the options of the same names. */
export interface Wishes {
  /** The steps for which the handler has a method. */
  readonly steps: ReadonlySet<OptionalStep>;
  readonly silentSteps: ReadonlySet<OptionalStep>;
  readonly actions: readonly Action[];
  readonly rejectedRecipients: "hide" | "report";
  readonly largePackets: "64K" | "256K" | "1M";
  readonly macros: Readonly<Partial<Record<MacroStage, readonly string[]>>>;
}

/** The terms that filter and MTA have negotiated. */
export interface Terms {
  /** 2 to 6: the lower of both. */
  readonly version: number;
  /** The changes allowed at the end of a message: those that were requested and that the MTA offers. */
  readonly actions: ReadonlySet<Action>;
  /** The optional steps that the MTA will report. */
  readonly reported: ReadonlySet<OptionalStep>;
  /** The reported steps for which the MTA does not wait for an answer. */
  readonly silent: ReadonlySet<OptionalStep>;
  /**
   * "kept": a field's value is everything after its colon, in both directions. "removed": the MTA removes a leading
   * space before it reports a value, and adds one to each value that it gets.
   */
  readonly leadingSpace: "kept" | "removed";
  /** Whether the MTA understands "skip". */
  readonly skip: boolean;
  /** The most octets of body in one packet. */
  readonly bodyChunkBytes: number;
}

type Offer = Extract<Command, { readonly kind: "negotiate" }>;

export type Negotiated =
  | { readonly ok: true; readonly terms: Terms; readonly reply: Reply }
  | { readonly ok: false; readonly reason: string };

/** Requests what the filter needs from what the MTA offers. */
export function negotiate(offer: Offer, wishes: Wishes): Negotiated {
  if (offer.version < oldestVersion) {
    const reason = `expected an MTA that speaks milter version ${oldestVersion} or later, got ${offer.version}`;
    return { ok: false, reason };
  }
  const version = Math.min(offer.version, protocolVersion);
  const offers = (flag: number): boolean => (offer.protocol & flag) !== 0;
  const steps = chooseSteps(wishes, offers);
  const large = chooseLargePackets(wishes.largePackets, offers);
  let protocol = steps.flags | large.flag;
  if (offers(protocolFlags.skip)) protocol |= protocolFlags.skip;
  if (offers(protocolFlags.leadingSpace)) protocol |= protocolFlags.leadingSpace;
  if (wishes.rejectedRecipients === "report" && offers(protocolFlags.rejectedRecipients)) {
    protocol |= protocolFlags.rejectedRecipients;
  }

  const actions = wishes.actions.filter((action) => (offer.actions & actionFlags[action]) !== 0);
  const macros = (offer.actions & setMacrosFlag) === 0 ? [] : macroLists(wishes);
  const setsMacros = macros.length > 0 ? setMacrosFlag : 0;
  const terms: Terms = {
    version,
    actions: new Set(actions),
    reported: steps.reported,
    silent: steps.silent,
    leadingSpace: (protocol & protocolFlags.leadingSpace) === 0 ? "removed" : "kept",
    skip: (protocol & protocolFlags.skip) !== 0,
    bodyChunkBytes: large.bytes,
  };
  const reply: Reply = {
    kind: "negotiate",
    version,
    actions: actions.reduce((flags, action) => flags | actionFlags[action], setsMacros),
    protocol,
    macros,
  };
  return { ok: true, terms, reply };
}

function chooseSteps(
  wishes: Wishes,
  offers: (flag: number) => boolean,
): {
  readonly flags: number;
  readonly reported: ReadonlySet<OptionalStep>;
  readonly silent: ReadonlySet<OptionalStep>;
} {
  let flags = 0;
  const reported = new Set<OptionalStep>();
  const silent = new Set<OptionalStep>();
  for (const step of optionalSteps) {
    const { leaveOut, noReply } = stepFlags[step];
    // DATA is always asked for, because its answer saves 40 ms: Postfix then passes the connection on to another
    // process, whose writes would wait for the delayed TCP acknowledgement of packets without an answer.
    const wanted = step === "data" || wishes.steps.has(step);
    if (!wanted && offers(leaveOut)) {
      flags |= leaveOut;
      continue;
    }
    reported.add(step);
    // The MTA need not wait for an answer to a step that it reports against our wish.
    if ((!wanted || wishes.silentSteps.has(step)) && offers(noReply)) {
      flags |= noReply;
      silent.add(step);
    }
  }
  return { flags, reported, silent };
}

function chooseLargePackets(
  wish: Wishes["largePackets"],
  offers: (flag: number) => boolean,
): { readonly flag: number; readonly bytes: number } {
  if (wish === "1M" && offers(protocolFlags.packets1M)) {
    return { flag: protocolFlags.packets1M, bytes: 1024 * 1024 - 1 };
  }
  if (wish !== "64K" && offers(protocolFlags.packets256K)) {
    return { flag: protocolFlags.packets256K, bytes: 256 * 1024 - 1 };
  }
  return { flag: 0, bytes: bodyChunkBytes };
}

function macroLists(wishes: Wishes): Extract<Reply, { readonly kind: "negotiate" }>["macros"] {
  return Object.entries(macroStages).flatMap(([name, stage]) => {
    const names = wishes.macros[name as MacroStage];
    return names === undefined ? [] : [{ stage, names: names.map(inBraces).join(" ") }];
  });
}

/** As MTAs write them: {auth_authen}, but i. */
function inBraces(name: string): string {
  return name.length === 1 || name.startsWith("{") ? name : `{${name}}`;
}
