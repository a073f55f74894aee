import type { HeaderField } from "./message/header-field.ts";
import type { MessageChanges } from "./message/message-changes.ts";
import type { Terms } from "./session/negotiation.ts";
import type { Client, EnvelopeAddress } from "./wire/command.ts";
import type { Macros } from "./wire/macros.ts";
import type { PlainReply } from "./wire/reply.ts";
import type { SmtpReply } from "./wire/smtp-reply.ts";

/**
 * The answer to an MTA:
 * - nothing, or "continue": go on;
 * - "accept": go on without asking again about this message (at connect and helo: about this connection);
 * - "reject", "tempfail", or an `SmtpReply`: refuse the connection (at connect and helo), the recipient (at
 *   rcptTo), the command (at data and unknown) or else the message: permanently, temporarily, or with your own
 *   reply;
 * - "discard": accept the message and discard it;
 * - "skip": no more events of this kind for this message, usually the rest of the body;
 * - "shutdown": end the SMTP connection with 421;
 * - "connection-failure": treat the filter as failed (Sendmail only).
 */
export type Answer = Exclude<PlainReply, "progress"> | SmtpReply;

/** The answer of a step, or a promise of it; nothing means "continue". */
export type Answered = Answer | void | Promise<Answer | void>;

/** Information besides the event itself. */
export interface StepContext {
  readonly terms: Terms;
  readonly macros: Macros;
  /**
   * Aborted when the answer is no longer needed: the MTA has gone, or a time limit has passed. Then `abort` and
   * `close` are called although this call has not returned.
   */
  readonly signal: AbortSignal;
}

/**
 * Handles each event of the SMTP dialogue. The MTA is not asked to report a step without a method. Calls never
 * overlap: nothing more is read from the MTA while one is pending. If a method throws, the answer is "tempfail"
 * and the error is passed to `onError`; that ends the message, but not the session.
 */
export interface MilterHandler {
  /** An SMTP client has connected. */
  connect?(client: Client, context: StepContext): Answered;
  /** Called once or more, before a message or between two messages. */
  helo?(name: string, context: StepContext): Answered;
  /** A message begins. */
  mailFrom?(sender: EnvelopeAddress, context: StepContext): Answered;
  /** A recipient of the message. An answer concerns this recipient only. */
  rcptTo?(recipient: EnvelopeAddress, context: StepContext): Answered;
  /** The client sends DATA. */
  data?(context: StepContext): Answered;
  /** A field of the header, in the order of the message. */
  header?(field: HeaderField, context: StepContext): Answered;
  /** The header is complete. */
  endOfHeaders?(context: StepContext): Answered;
  /** The next bytes of the body. They are not changed afterwards, so you may keep them. */
  body?(chunk: Uint8Array, context: StepContext): Answered;
  /** The message is complete. Only here can it be changed. */
  endOfMessage?(changes: MessageChanges, context: StepContext): Answered;
  /**
   * The message ended without a final answer from this handler: the MTA gave it up or disconnected, or a method
   * failed. There is no answer to it.
   */
  abort?(): void | Promise<void>;
  /** An SMTP command that the MTA does not know. */
  unknown?(command: string, context: StepContext): Answered;
  /** The connection is over. This is the last call, and it is made exactly once. */
  close?(): void | Promise<void>;
}
