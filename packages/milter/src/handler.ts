import type { HeaderField } from "./message/header-field.ts";
import type { MessageChanges } from "./message/message-changes.ts";
import type { Terms } from "./session/negotiation.ts";
import type { Client, EnvelopeAddress } from "./wire/command.ts";
import type { Macros } from "./wire/macros.ts";
import type { PlainReply } from "./wire/reply.ts";
import type { SmtpReply } from "./wire/smtp-reply.ts";

/**
 * What an MTA is told:
 * - nothing, or "continue": go on;
 * - "accept": go on, without asking again about this message (about this connection, at connect and helo);
 * - "reject", "tempfail", or an `SmtpReply`: refuse the connection (at connect and helo), the recipient (at
 *   rcptTo), the command (at data and unknown) or else the message: for good, for now, or in words of
 *   one's own;
 * - "discard": take the message and throw it away;
 * - "skip": no more events of this kind for this message, mostly the rest of the body;
 * - "shutdown": end the SMTP connection with 421;
 * - "connection-failure": treat the filter as failed (Sendmail only).
 */
export type Answer = Exclude<PlainReply, "progress"> | SmtpReply;

export type Answered = Answer | void | Promise<Answer | void>;

/** What is known beside the event itself. */
export interface StepContext {
  readonly terms: Terms;
  readonly macros: Macros;
  /**
   * Aborted when nobody waits for the answer any more: the MTA has gone, or a time limit has passed. Then
   * `abort` and `close` are called though this call has not returned.
   */
  readonly signal: AbortSignal;
}

/**
 * What a filter does about each event. A step without a method is not asked for. Calls never overlap, and
 * the MTA is not read on while one is pending. What a method throws is answered with "tempfail" and given to
 * `onError`; the message is over then, the session is not.
 */
export interface MilterHandler {
  connect?(client: Client, context: StepContext): Answered;
  /** Once or more, before a message or between two. */
  helo?(name: string, context: StepContext): Answered;
  /** A message begins. */
  mailFrom?(sender: EnvelopeAddress, context: StepContext): Answered;
  rcptTo?(recipient: EnvelopeAddress, context: StepContext): Answered;
  data?(context: StepContext): Answered;
  header?(field: HeaderField, context: StepContext): Answered;
  endOfHeaders?(context: StepContext): Answered;
  /** The next bytes of the body, which nobody changes afterwards: they may be kept. */
  body?(chunk: Uint8Array, context: StepContext): Answered;
  endOfMessage?(changes: MessageChanges, context: StepContext): Answered;
  /**
   * The message is over without an answer of this handler that ended it: the MTA gave it up, or vanished,
   * or a method failed. Nothing is answered.
   */
  abort?(): void | Promise<void>;
  /** An SMTP command that the MTA does not know. */
  unknown?(command: string, context: StepContext): Answered;
  /** The connection is over; the last call, exactly one. */
  close?(): void | Promise<void>;
}
