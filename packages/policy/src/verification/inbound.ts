import {
  type VerificationAction,
  verificationSettings,
  type VerificationSettings,
} from "@mailseal/config";
import { authservIdClaim } from "@mailseal/syntax";
import { Verification, type VerificationReport } from "@mailseal/verifier";
import { hookContext } from "../hooks/hook-context.ts";
import { dispositionSchema } from "../hooks/policy-hooks.ts";
import { runHook } from "../hooks/run-hook.ts";
import type { Disposition } from "../pipeline/mail.ts";
import {
  authservIdOf,
  eventOf,
  type Mail,
  type PipelineContext,
} from "../pipeline/pipeline-context.ts";
import type { Processed } from "../pipeline/pipeline.ts";
import { SettingsCache } from "../pipeline/settings-cache.ts";
import { accept, dispositionFor, hookFault } from "../pipeline/smtp-dispositions.ts";
import { effectiveResult, type EffectiveResult } from "./effective-result.ts";
import { type AuthservIdClaim, forgedFields, traceFields } from "./trace-fields.ts";
import { verifierOptions } from "./verifier-options.ts";

/** The effective result of a report and the action that the config has for it. */
interface Decision {
  readonly effective: EffectiveResult;
  readonly action: VerificationAction;
}

/** From mildest to severest. */
const severity: readonly VerificationAction[] = [
  "accept",
  "header",
  "quarantine",
  "defer",
  "reject",
];

/** Verifies inbound mail, by the config of one generation. */
export class Inbound {
  readonly #pipeline: PipelineContext;
  readonly #settings: SettingsCache<VerificationSettings>;
  readonly #authservId: string;
  readonly #isClaimed: AuthservIdClaim;

  constructor(pipeline: PipelineContext) {
    this.#pipeline = pipeline;
    this.#settings = new SettingsCache(pipeline.config, verificationSettings);
    this.#authservId = authservIdOf(pipeline);
    this.#isClaimed = authservIdClaim(this.#authservId);
  }

  async process(mail: Mail): Promise<Processed> {
    const { binding, fromDomains } = mail;
    const asked = fromDomains.length === 0 ? [""] : fromDomains;
    const scopes = asked.map((domain) => this.#settings.settingsFor(domain, binding));
    const [fromDomain] = fromDomains;
    const untouched: Processed = {
      disposition: accept,
      prepend: [],
      remove: forgedFields(mail.open.header, this.#isClaimed),
      binding,
      signatures: [],
      skipped: "not-outbound",
      ...(fromDomain === undefined ? {} : { fromDomain }),
    };
    if (scopes.every(({ verify }) => verify === false)) {
      return untouched;
    }
    const startNs = this.#pipeline.clock.elapsedNs();
    const report = await this.#verify(mail, scopes);
    const verificationNs = this.#pipeline.clock.elapsedNs() - startNs;
    const decision = this.#decide(report, scopes);
    const byConfig = dispositionFor(decision.action, decision.effective);
    const byHook = await this.#askHook(mail, report, scopes, byConfig);
    const disposition = byHook ?? byConfig;
    this.#pipeline.onEvent({
      ...eventOf(mail),
      type: "verified",
      report,
      result: decision.effective.result,
      action: decision.action,
      disposition,
      verificationNs,
    });
    const leavesNoTrace = decision.action === "accept" && disposition.action === "accept";
    const prepend = leavesNoTrace ? [] : traceFields(report, this.#authservId, disposition);
    return { ...untouched, disposition, prepend, report, verificationNs };
  }

  async #verify(mail: Mail, scopes: readonly VerificationSettings[]): Promise<VerificationReport> {
    const verification = new Verification(
      { keys: this.#pipeline.dnsKeys, now: this.#nowSeconds(), ...verifierOptions(scopes) },
      mail.open.header,
    );
    const body = mail.open.readBody((piece) => verification.write(piece));
    if (body !== undefined) await body;
    return verification.finish();
  }

  /** The severest decision among the scopes of all From domains. */
  #decide(report: VerificationReport, scopes: readonly VerificationSettings[]): Decision {
    const now = this.#nowSeconds();
    const decisions = scopes.map((settings): Decision => {
      const effective = effectiveResult(report, settings, now);
      const action = settings.actions?.[effective.result] ?? "header";
      return { effective, action: settings.verify === false ? "accept" : action };
    });
    return decisions.reduce((one, other) =>
      severity.indexOf(other.action) > severity.indexOf(one.action) ? other : one,
    );
  }

  /** The decision of the hook `afterVerify`; undefined if it leaves that to the config. */
  async #askHook(
    mail: Mail,
    report: VerificationReport,
    [scope]: readonly VerificationSettings[],
    disposition: Disposition,
  ): Promise<Disposition | undefined> {
    const { hooks, config, onEvent } = this.#pipeline;
    if (!hooks.hooks.has("afterVerify") || config.hooks === undefined || scope === undefined) {
      return undefined;
    }
    const outcome = await runHook<Disposition>(
      hooks,
      {
        hook: "afterVerify",
        header: mail.open.header,
        sizeBytes: mail.stored.sizeBytes,
        report,
        context: { ...hookContext(mail), verification: scope, disposition },
      },
      dispositionSchema,
      config.hooks.timeout,
    );
    if (outcome.ok) {
      return outcome.answer;
    }
    onEvent({
      ...eventOf(mail),
      type: "hook-failed",
      hook: "afterVerify",
      reason: outcome.reason,
    });
    return config.hooks.onError === "ignore" ? undefined : hookFault;
  }

  #nowSeconds(): number {
    return Math.floor(this.#pipeline.clock.nowMs() / 1000);
  }
}
