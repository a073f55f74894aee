import { namedSigners, ownDomains, type SigningSettings, signingSettings } from "@mailseal/config";
import { type Signer, SigningError } from "@mailseal/signer";
import { authservIdClaim, asciiLine, newField } from "@mailseal/syntax";
import type { Disposition, MailContext } from "../pipeline/mail.ts";
import {
  authservIdOf,
  eventOf,
  type Mail,
  type PipelineContext,
} from "../pipeline/pipeline-context.ts";
import type { Processed, SkipReason } from "../pipeline/pipeline.ts";
import { SettingsCache } from "../pipeline/settings-cache.ts";
import { accept, badLineEndings, hookFault } from "../pipeline/smtp-dispositions.ts";
import { type AuthservIdClaim, forgedResults } from "../verification/trace-fields.ts";
import { authorDomain, fromProblem } from "./author-domain.ts";
import type { KeyRowLookup } from "./configured-signature.ts";
import { verificationOfOwn, oldSignatures } from "./existing-signatures.ts";
import { selectKeys, type KeySelection } from "./key-selection.ts";
import { missingFields } from "./missing-fields.ts";
import { findPublication } from "./publication.ts";
import { signOpenMessage } from "./sign-message.ts";
import { SignerCache } from "./signer-cache.ts";
import { askBeforeSign, changedSettings, namesKey } from "./signing-hook.ts";
import { SigningTables } from "./signing-table.ts";
import type { UsableSignature } from "./usable-signature.ts";

/** The signing options that are applied here, to a message as a whole. */
export type MessageOption =
  | "removeOldSignatures"
  | "requirePublished"
  | "sign"
  | "signatures"
  | "signCondition"
  | "table";

/** Signs outbound mail, by the config of one generation. */
export class Outbound {
  readonly #pipeline: PipelineContext;
  readonly #settings: SettingsCache<SigningSettings>;
  readonly #signers: SignerCache;
  readonly #tables = new SigningTables();
  readonly #ownDomains: ReadonlySet<string>;
  readonly #isClaimed: AuthservIdClaim;
  readonly #hostname: string;
  readonly #named: ReadonlySet<string>;
  readonly #lookUpRows: KeyRowLookup = (domain) => this.#pipeline.database?.find(domain) ?? [];

  constructor(pipeline: PipelineContext) {
    this.#pipeline = pipeline;
    this.#settings = new SettingsCache(pipeline.config, signingSettings);
    this.#signers = new SignerCache(() => nowSeconds(pipeline));
    this.#ownDomains = ownDomains(pipeline.config);
    this.#isClaimed = authservIdClaim(authservIdOf(pipeline));
    this.#hostname = pipeline.config.hostname ?? pipeline.hostname;
    this.#named = namedSigners(pipeline.config);
  }

  async process(mail: Mail): Promise<Processed> {
    const author = authorDomain(mail.fromDomains);
    const { header } = mail.open;
    const settings = this.#tables.settingsFor(
      this.#settings.settingsFor(author, mail.binding),
      header,
    );
    const answer = await askBeforeSign(this.#pipeline, mail, settings);
    if (!answer.ok) {
      const { reason } = answer;
      this.#pipeline.onEvent({ ...eventOf(mail), type: "hook-failed", hook: "beforeSign", reason });
      return this.#pipeline.config.hooks?.onError === "ignore"
        ? this.#sign(mail, settings, this.#lookUpRows)
        : this.#skip(mail, "hook", hookFault, `beforeSign: ${reason}`);
    }
    if (answer.skip) {
      return this.#skip(mail, "hook", accept);
    }
    const { binding = mail.binding, signing: change } = answer;
    const routed = { ...mail, binding };
    const ofBinding =
      binding === mail.binding
        ? settings
        : this.#tables.settingsFor(this.#settings.settingsFor(author, binding), header);
    return change === undefined
      ? this.#sign(routed, ofBinding, this.#lookUpRows)
      : this.#sign(
          routed,
          changedSettings(ofBinding, change),
          namesKey(change) ? () => [] : this.#lookUpRows,
        );
  }

  async #sign(mail: Mail, settings: SigningSettings, lookUpRows: KeyRowLookup): Promise<Processed> {
    const { unsigned } = mail.context;
    if (unsigned !== undefined) {
      return this.#skip(mail, unsigned, accept);
    }
    if (settings.sign === false) {
      return this.#skip(mail, "sign-off", accept);
    }
    if (!conditionHolds(settings.signCondition, mail.context)) {
      return this.#skip(mail, "sign-condition", accept);
    }
    const query = {
      settings,
      author: authorDomain(mail.fromDomains),
      withoutAuthor: () => fromProblem(mail.open.header),
      isNamed: (domain: string) => this.#isNamed(domain, settings),
      lookUpRows,
      fallback: () => ({
        settings: this.#settings.settingsFor(settings.fallbackDomain, mail.binding),
        lookUpRows: this.#lookUpRows,
      }),
    };
    const selection = await selectKeys(query, this.#pipeline.keys, this.#signers);
    for (const { configured, reason, remedy } of selection.failed) {
      const { domain, selector } = configured;
      this.#pipeline.onEvent({
        ...eventOf(mail),
        type: "signature-failed",
        domain,
        selector,
        reason: asciiLine(reason),
        remedy: asciiLine(remedy),
      });
    }
    const processed = await this.#signAs(mail, settings, selection);
    return { ...processed, failedSignatures: selection.failed.length };
  }

  async #signAs(
    mail: Mail,
    settings: SigningSettings,
    selection: KeySelection,
  ): Promise<Processed> {
    if (!selection.ok) {
      const cause = selection.failed.map(({ reason }) => reason).join("; ");
      return this.#skip(mail, selection.skipped, selection.disposition, asciiLine(cause));
    }
    const published =
      settings.requirePublished === true
        ? await this.#published(mail, selection.signatures)
        : selection.signatures;
    if (typeof published === "string") {
      return this.#skip(mail, published, accept);
    }
    const { signer } = this.#signers.readyFor(selection.settings, published);
    return signer === undefined
      ? this.#skip(mail, "key-unusable", accept)
      : this.#signWith(mail, settings, published, signer);
  }

  /** The signatures whose key DNS publishes, or why there are none. */
  async #published(
    mail: Mail,
    signatures: readonly UsableSignature[],
  ): Promise<readonly UsableSignature[] | SkipReason> {
    const { clock, dnsKeys, onEvent } = this.#pipeline;
    const asked = signatures.map(async (signature) => {
      const startNs = clock.elapsedNs();
      const { status, reason } = await findPublication(signature, dnsKeys);
      onEvent({
        ...eventOf(mail),
        type: "publication",
        domain: signature.configured.domain,
        selector: signature.selector,
        status,
        reason: asciiLine(reason),
        durationNs: clock.elapsedNs() - startNs,
      });
      return { signature, status };
    });
    const answers = await Promise.all(asked);
    const published = answers.filter(({ status }) => status === "published");
    if (published.length > 0) {
      return published.map(({ signature }) => signature);
    }
    return answers.some(({ status }) => status === "publication-unknown")
      ? "publication-unknown"
      : "not-published";
  }

  async #signWith(
    mail: Mail,
    settings: SigningSettings,
    used: readonly UsableSignature[],
    signer: Signer,
  ): Promise<Processed> {
    const { clock } = this.#pipeline;
    const { removeOldSignatures } = settings;
    const { header } = mail.open;
    if (header.lineEnding === "lf") {
      // Front ends send CRLF: the message that is sent would differ from the signed one.
      return this.#refuseLineEndings(mail, "the header's lines end with bare LF");
    }
    const old =
      removeOldSignatures === true
        ? oldSignatures(header, (domain) => this.#isOwn(domain, used))
        : [];
    const basis = this.#basis(mail, accept);
    const remove = [...old, ...basis.remove].toSorted((a, b) => a.start - b.start);
    const existing =
      removeOldSignatures === true
        ? undefined
        : verificationOfOwn(header, used, nowSeconds(this.#pipeline));
    try {
      const added = missingFields(mail, settings, remove, {
        nowMs: clock.nowMs(),
        hostname: this.#hostname,
      });
      const changes = { prepend: added, remove };
      const signed = await signOpenMessage(mail.open, changes, signer, existing, clock);
      const { signatures, signingNs } = signed;
      if (signatures.length === 0) {
        return this.#skip(mail, "already-signed", accept);
      }
      this.#pipeline.onEvent({ ...eventOf(mail), type: "signed", signatures, signingNs });
      const prepend = [...signatures.map(({ field }) => newField(field)), ...added];
      return { ...basis, prepend, remove, signatures, signingNs };
    } catch (error) {
      if (!(error instanceof SigningError)) throw error;
      return this.#unsignable(mail, error);
    }
  }

  #isOwn(domain: string, used: readonly UsableSignature[]): boolean {
    return (
      used.some(({ configured }) => configured.domain === domain) ||
      this.#ownDomains.has(domain) ||
      this.#lookUpRows(domain).length > 0
    );
  }

  /** Whether the config names the domain, or a hook names it for this message. */
  #isNamed(domain: string, settings: SigningSettings): boolean {
    const { fallbackDomain, signatures = [] } = settings;
    return (
      this.#named.has(domain) ||
      fallbackDomain === domain ||
      [settings, ...signatures].some((it) => it.domain === domain || it.baseDomain === domain)
    );
  }

  /** The signer has refused the message as it is. */
  #unsignable(mail: Mail, error: SigningError): Processed {
    return error.code === "bad-line-endings"
      ? this.#refuseLineEndings(mail, asciiLine(error.message))
      : this.#skip(mail, fromProblem(mail.open.header), accept);
  }

  #refuseLineEndings(mail: Mail, reason: string): Processed {
    this.#pipeline.onEvent({ ...eventOf(mail), type: "fault", reason });
    return this.#basis(mail, badLineEndings);
  }

  #skip(mail: Mail, reason: SkipReason, disposition: Disposition, cause = ""): Processed {
    this.#pipeline.onEvent({ ...eventOf(mail), type: "skipped", reason, disposition });
    const processed = { ...this.#basis(mail, disposition), skipped: reason };
    return disposition.action === "defer" && cause !== "" ? { ...processed, cause } : processed;
  }

  #basis(mail: Mail, disposition: Disposition): Processed {
    const { binding } = mail;
    const [fromDomain] = mail.fromDomains;
    return {
      disposition,
      prepend: [],
      // No outbound message may claim that we have verified it: its receivers may trust our authserv-id.
      remove: forgedResults(mail.open.header, this.#isClaimed),
      binding,
      signatures: [],
      ...(fromDomain === undefined ? {} : { fromDomain }),
    };
  }
}

function nowSeconds({ clock }: PipelineContext): number {
  return Math.floor(clock.nowMs() / 1000);
}

/** Whether one of the conditions holds, or there are none. */
function conditionHolds(
  conditions: readonly string[] | undefined,
  { authUser, relayNetwork, variables }: MailContext,
): boolean {
  return (
    conditions === undefined ||
    conditions.length === 0 ||
    conditions.some((condition) => {
      switch (condition) {
        case "authUser":
          return authUser !== undefined && authUser !== "";
        case "relayNetwork":
          return relayNetwork;
        default:
          return variables.has(condition);
      }
    })
  );
}
