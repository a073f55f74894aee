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
  type PipelineParts,
} from "../pipeline/pipeline-context.ts";
import type { Processed } from "../pipeline/pipeline.ts";
import { SettingsCache } from "../pipeline/settings-cache.ts";
import { accept, hookFault } from "../pipeline/smtp-dispositions.ts";
import { countedResult, type CountedResult } from "./effective-result.ts";
import { strictestOf } from "./strictest-settings.ts";
import { type AuthservIdClaim, forgedFields, traceFields } from "./trace-fields.ts";
import { dispositionFor } from "./verdict-answers.ts";

/** What the policy makes of a report. */
interface Judgement {
  readonly counted: CountedResult;
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

/** Verifies what comes in, by the config of one generation. */
export class Inbound {
  readonly #parts: PipelineParts;
  readonly #settings: SettingsCache<VerificationSettings>;
  readonly #authservId: string;
  readonly #isClaimed: AuthservIdClaim;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#settings = new SettingsCache(parts.config, verificationSettings);
    this.#authservId = authservIdOf(parts);
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
    const startNs = this.#parts.clock.elapsedNs();
    const report = await this.#verify(mail, scopes);
    const verificationNs = this.#parts.clock.elapsedNs() - startNs;
    const judgement = this.#judge(report, scopes);
    const byConfig = dispositionFor(judgement.action, judgement.counted);
    const byHook = await this.#askHook(mail, report, scopes, byConfig);
    const disposition = byHook ?? byConfig;
    this.#parts.onEvent({
      ...eventOf(mail),
      type: "verified",
      report,
      result: judgement.counted.result,
      action: judgement.action,
      disposition,
      verificationNs,
    });
    const leavesNoTrace = judgement.action === "accept" && disposition.action === "accept";
    const prepend = leavesNoTrace ? [] : traceFields(report, this.#authservId, disposition);
    return { ...untouched, disposition, prepend, report, verificationNs };
  }

  async #verify(mail: Mail, scopes: readonly VerificationSettings[]): Promise<VerificationReport> {
    const verification = new Verification(
      { keys: this.#parts.dnsKeys, now: this.#nowSeconds(), ...strictestOf(scopes) },
      mail.open.header,
    );
    const body = mail.open.readBody((piece) => verification.write(piece));
    if (body !== undefined) await body;
    return verification.finish();
  }

  /** The severest that the scope of any From domain asks for. */
  #judge(report: VerificationReport, scopes: readonly VerificationSettings[]): Judgement {
    const now = this.#nowSeconds();
    const judgements = scopes.map((settings): Judgement => {
      const counted = countedResult(report, settings, now);
      const action = settings.actions?.[counted.result] ?? "header";
      return { counted, action: settings.verify === false ? "accept" : action };
    });
    return judgements.reduce((one, other) =>
      severity.indexOf(other.action) > severity.indexOf(one.action) ? other : one,
    );
  }

  /** What `afterVerify` decides; undefined where it leaves that to the config. */
  async #askHook(
    mail: Mail,
    report: VerificationReport,
    [scope]: readonly VerificationSettings[],
    disposition: Disposition,
  ): Promise<Disposition | undefined> {
    const { hooks, config, onEvent } = this.#parts;
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
    return Math.floor(this.#parts.clock.nowMs() / 1000);
  }
}
