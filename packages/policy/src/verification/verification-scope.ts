import type { Config } from "../config/schema.ts";
import { scopesFor, verificationSettings } from "../config/scopes.ts";
import type { VerificationAction, VerificationSettings } from "../config/verification-options.ts";
import { LruMap } from "../lru-map.ts";
import type { MessageResult } from "./counted-result.ts";

/** The verification options for a From domain, and what each result leads to. */
export interface VerificationScope {
  readonly settings: VerificationSettings;
  readonly actions: ReadonlyMap<MessageResult, VerificationAction>;
}

/** From domains and bindings that are kept; senders may make up any number. */
const maxKept = 4096;
const results: readonly MessageResult[] = [
  "pass",
  "fail",
  "policy",
  "neutral",
  "temperror",
  "permerror",
  "none",
];

/** Finds the scope of a message. Each result's action is of the narrowest scope that names that result. */
export class VerificationScopes {
  readonly #config: Config;
  readonly #kept = new LruMap<string, VerificationScope>(maxKept);

  constructor(config: Config) {
    this.#config = config;
  }

  scopeFor(domain: string, binding: string | undefined): VerificationScope {
    const question = `${domain} ${binding ?? ""}`;
    const kept = this.#kept.get(question);
    if (kept !== undefined) return kept;
    const query = { domain, binding };
    const scopes = scopesFor(this.#config, query);
    const actions = results.map((result) => {
      const named = scopes.find(({ verification }) => verification?.actions?.[result]);
      return [result, named?.verification?.actions?.[result] ?? "header"] as const;
    });
    const scope = {
      settings: verificationSettings(this.#config, query),
      actions: new Map(actions),
    };
    this.#kept.set(question, scope);
    return scope;
  }
}
