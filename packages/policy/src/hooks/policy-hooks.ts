import { signingOptions, type SigningSettings, type VerificationSettings } from "@mailseal/config";
import type { VerificationReport } from "@mailseal/verifier";
import { z } from "zod";
import type { Disposition, Envelope, MailContext } from "../pipeline/mail.ts";
import type { MessageView } from "./message-view.ts";

/** How the message arrived. */
export interface HookContext extends MailContext {
  readonly envelope: Envelope;
  /** Aborts when the hook's time is over, so that the hook can stop what it started. */
  readonly signal: AbortSignal;
}

/** How the message arrives, before any of it has been read. */
export interface SendersHookContext extends MailContext {
  /** Aborts when the hook's time is over, so that the hook can stop what it started. */
  readonly signal: AbortSignal;
}

/** The context of `beforeSign`. */
export interface SigningHookContext extends HookContext {
  /** The options for the message, all scopes merged, without keyText. */
  readonly signing: Omit<SigningSettings, "keyText">;
}

/** The context of `afterVerify`. */
export interface VerificationHookContext extends HookContext {
  readonly verification: VerificationSettings;
  /** What the config would do with the message. */
  readonly disposition: Disposition;
}

/** Signing options as they are written in the config file: "12h", "64KB" and so on. */
export type SigningChange = z.input<typeof signingOptions>;

/**
 * The values that `beforeSign` may return; undefined changes nothing.
 * - `skip`: deliver the message unsigned
 * - `binding`: the binding to use, whose scopes then apply
 * - `signing`: any signing options, which override those of every scope
 */
export type BeforeSignAnswer =
  | { readonly skip: true }
  | { readonly binding?: string; readonly signing?: SigningChange };

/**
 * The functions that a hooks module exports, one or more. A hook may be async. If it throws, is late, never returns,
 * leaves a rejected promise behind or returns an invalid value, `hooks.onError` decides; mail is never lost. The hooks
 * of a module run in processes of their own, with several calls at the same time in each.
 */
export interface PolicyHooks {
  /**
   * Returns what a login may send as, for a listener with `auth.senders.hook`: addresses, and "@example.com" for all
   * addresses of a domain. If it returns nothing, the other sources decide.
   */
  sendersOf?(
    login: string,
    context: SendersHookContext,
  ): readonly string[] | undefined | void | Promise<readonly string[] | undefined | void>;
  /** Called before a message is signed. It can read the fields of `message` and change none of them. */
  beforeSign?(
    message: MessageView,
    context: SigningHookContext,
  ): BeforeSignAnswer | undefined | void | Promise<BeforeSignAnswer | undefined | void>;
  /** Called after a message was verified. It can decide what to do with the message, whatever the config says. */
  afterVerify?(
    report: VerificationReport,
    message: MessageView,
    context: VerificationHookContext,
  ): Disposition | undefined | void | Promise<Disposition | undefined | void>;
}

/** A line of an SMTP reply or of a header field: visible ASCII and spaces. */
const line = z
  .string()
  .max(400)
  .regex(/^[\x20-\x7e]*$/, { error: "expected one line of printable ASCII" });

const enhancedCode = z.string().regex(/^[45]\.\d{1,3}\.\d{1,3}$/);

export const dispositionSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("accept") }),
  z.strictObject({ action: z.literal("quarantine"), reason: line }),
  z.strictObject({ action: z.literal("discard"), reason: line }),
  z.strictObject({
    action: z.literal("reject"),
    code: z.int().min(500).max(599),
    enhancedCode: enhancedCode.startsWith("5"),
    text: line,
  }),
  z.strictObject({
    action: z.literal("defer"),
    code: z.int().min(400).max(499),
    enhancedCode: enhancedCode.startsWith("4"),
    text: line,
  }),
]);

export const sendersOfSchema = z.array(z.string().max(1000)).max(10_000);

export const beforeSignSchema = z.strictObject({
  skip: z.literal(true).optional(),
  binding: z.string().optional(),
  signing: signingOptions.optional(),
});
