/**
 * The Sendmail milter protocol, version 6, for filters: Postfix (`smtpd_milters`, `non_smtpd_milters`) and
 * Sendmail report each connection and message, and a filter answers.
 *
 * ```ts
 * import { createServer } from "node:net";
 * import { serveMilter } from "@mailseal/milter";
 *
 * const options = { actions: ["add-headers"] } as const;
 * createServer((socket) => {
 *   serveMilter(socket, () => ({
 *     endOfMessage: (changes) => changes.insertHeader(1, "X-Seen", " yes"),
 *   }), options);
 * }).listen(8891, "127.0.0.1");
 * ```
 *
 * It opens no socket, reads no file, does not log or parse mail, and knows nothing about DKIM.
 */
export type { Client, EnvelopeAddress } from "./wire/command.ts";
export type { Answer, Answered, MilterHandler, StepContext } from "./handler.ts";
export { HeaderField } from "./message/header-field.ts";
export type { Room } from "./wire/packet-decoder.ts";
export type { PlainReply } from "./wire/reply.ts";
export type { Macros } from "./wire/macros.ts";
export { fieldBytes, MessageAssembler } from "./message/message-assembler.ts";
export type { BodySource, MessageChanges } from "./message/message-changes.ts";
export { type HandlerCall, MilterError, type MilterErrorCode } from "./errors.ts";
export type { Terms } from "./session/negotiation.ts";
export type { MilterOptions, TimeLimits, Timers } from "./options.ts";
export type { Action, MacroStage, OptionalStep, Step } from "./wire/protocol.ts";
export { serveMilter } from "./serve-milter.ts";
export type { MilterSession } from "./session/session.ts";
export { type SmtpReply, smtpReply, type SmtpReplyText } from "./wire/smtp-reply.ts";
export { duplexTransport, type MilterTransport } from "./session/transport.ts";
