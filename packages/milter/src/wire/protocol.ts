/**
 * The numbers and letters of the milter protocol, version 6, as Sendmail 8.14 and later and Postfix 2.6 and
 * later speak it. Names in comments are those of Sendmail's mfdef.h.
 */

/** SMFI_PROT_VERSION */
export const protocolVersion = 6;

/** libmilter does not support older MTAs either. */
export const oldestVersion = 2;

/** MILTER_CHUNK_SIZE: the octets of body in one packet unless more was negotiated. */
export const bodyChunkBytes = 65_535;

/** The steps of a session: the events that an MTA reports. */
export type Step =
  | "connect"
  | "helo"
  | "mailFrom"
  | "rcptTo"
  | "data"
  | "header"
  | "endOfHeaders"
  | "body"
  | "endOfMessage"
  | "unknown";

/** The steps that an MTA can be asked to leave out, or to report without waiting for an answer. */
export type OptionalStep = Exclude<Step, "endOfMessage">;

/** SMFIP_NO*, not to be sent, and SMFIP_NR_*, sent without waiting for an answer. */
export const stepFlags: Readonly<
  Record<OptionalStep, { readonly leaveOut: number; readonly noReply: number }>
> = {
  connect: { leaveOut: 0x1, noReply: 0x1000 },
  helo: { leaveOut: 0x2, noReply: 0x2000 },
  mailFrom: { leaveOut: 0x4, noReply: 0x4000 },
  rcptTo: { leaveOut: 0x8, noReply: 0x8000 },
  body: { leaveOut: 0x10, noReply: 0x8_0000 },
  header: { leaveOut: 0x20, noReply: 0x80 },
  endOfHeaders: { leaveOut: 0x40, noReply: 0x4_0000 },
  unknown: { leaveOut: 0x100, noReply: 0x2_0000 },
  data: { leaveOut: 0x200, noReply: 0x1_0000 },
};

export const optionalSteps: readonly OptionalStep[] = Object.keys(stepFlags) as OptionalStep[];

/** SMFIP_*: what else can be agreed. */
export const protocolFlags = {
  /** SMFIP_SKIP: the MTA understands "skip". */
  skip: 0x400,
  /** SMFIP_RCPT_REJ: recipients that the MTA has refused are reported too. */
  rejectedRecipients: 0x800,
  /** SMFIP_HDR_LEADSPC: white space after a field's colon is left as it is, both ways. */
  leadingSpace: 0x10_0000,
  /** SMFIP_MDS_256K */
  packets256K: 0x1000_0000,
  /** SMFIP_MDS_1M */
  packets1M: 0x2000_0000,
} as const;

/** The changes that a filter may make at the end of a message. */
export type Action =
  | "add-headers"
  | "change-body"
  | "add-recipients"
  | "delete-recipients"
  | "change-headers"
  | "quarantine"
  | "change-sender"
  | "add-recipients-with-parameters";

/** SMFIF_* */
export const actionFlags: Readonly<Record<Action, number>> = {
  "add-headers": 0x1,
  "change-body": 0x2,
  "add-recipients": 0x4,
  "delete-recipients": 0x8,
  "change-headers": 0x10,
  quarantine: 0x20,
  "change-sender": 0x40,
  "add-recipients-with-parameters": 0x80,
};

/** SMFIF_SETSYMLIST: the filter may name the macros it wants. */
export const setMacrosFlag = 0x100;

/** The steps that have macro lists of their own, with the number that stands for each (SMFIM_*). */
export const macroStages = {
  connect: 0,
  helo: 1,
  mailFrom: 2,
  rcptTo: 3,
  data: 4,
  endOfMessage: 5,
  endOfHeaders: 6,
} as const;

/** A step for which an MTA defines macros. */
export type MacroStage = keyof typeof macroStages;
