import { signingOptions, type SigningSettings, type VerificationSettings } from "@mailseal/config";
import type { VerificationReport } from "@mailseal/verifier";
import { z } from "zod";
import type { Disposition, Envelope, MailContext } from "../pipeline/mail.ts";
import type { MessageView } from "./message-view.ts";

/** How the message came, and what the config decides for it. */
export interface HookContext extends MailContext {
  readonly envelope: Envelope;
  /** Ends when the hook's time does: to stop what it began. */
  readonly signal: AbortSignal;
}

/** How the message comes, before any of it is read. */
export interface SendersHookContext extends MailContext {
  /** Ends when the hook's time does: to stop what it began. */
  readonly signal: AbortSignal;
}

export interface SigningHookContext extends HookContext {
  /** The options that hold for the message, all scopes merged; keyText is left out. */
  readonly signing: Omit<SigningSettings, "keyText">;
}

export interface VerificationHookContext extends HookContext {
  readonly verification: VerificationSettings;
  /** What the config would do with the message. */
  readonly disposition: Disposition;
}

/** Signing options as the config file has them: "12h", "64KB" and so on. */
export type SigningChange = z.input<typeof signingOptions>;

/**
 * What `beforeSign` may answer; nothing leaves all as it is.
 * - `skip`: deliver unsigned
 * - `binding`: the route to take; its scopes then decide
 * - `signing`: any signing options, above those of every scope
 */
export type BeforeSignAnswer =
  | { readonly skip: true }
  | { readonly binding?: string; readonly signing?: SigningChange };

/**
 * What a hooks module exports, one or more. A hook may be async. One that throws, is late, never returns,
 * leaves a promise that rejects or answers something else is answered for by `hooks.onError`; it never loses
 * mail. A module's hooks run in processes of their own; several calls may be under way in one.
 */
export interface PolicyHooks {
  /**
   * What a login may send as, for a listener with `auth.senders.hook`: addresses, and "@example.com" for all of a
   * domain. Nothing leaves that to the other sources.
   */
  sendersOf?(
    login: string,
    context: SendersHookContext,
  ): readonly string[] | undefined | void | Promise<readonly string[] | undefined | void>;
  /** Before a message is signed. Fields of `message` can be read, nothing can be changed in it. */
  beforeSign?(
    message: MessageView,
    context: SigningHookContext,
  ): BeforeSignAnswer | undefined | void | Promise<BeforeSignAnswer | undefined | void>;
  /** After a message was verified: may decide what becomes of it, whatever the config says. */
  afterVerify?(
    report: VerificationReport,
    message: MessageView,
    context: VerificationHookContext,
  ): Disposition | undefined | void | Promise<Disposition | undefined | void>;
}

/** A line of an SMTP answer or a header field: visible ASCII and spaces. */
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
