import { type Config, signingSettings } from "@mailseal/config";
import { systemClock } from "../pipeline/clock.ts";
import { planSignatures } from "../signing/configured-signature.ts";
import { SignerCache } from "../signing/signer-cache.ts";
import { findKeys } from "../signing/usable-signature.ts";
import type { KeyAnswer } from "./key-answer.ts";
import type { KeyRow } from "./key-database.ts";
import { KeyStore } from "./key-store.ts";

/**
 * What this process would make of a row of the key database: whether it can read the key, and whether the key does for
 * what the config asks of the domain. Nothing is kept.
 */
export async function checkKey(
  config: Config,
  row: Pick<KeyRow, "domain" | "selector" | "keyFile">,
): Promise<KeyAnswer> {
  const { domain } = row;
  const settings = signingSettings(config, { domain, binding: config.defaultBinding });
  const rows = [{ ...row, revision: 0 }];
  const planned = planSignatures(settings, domain, () => rows, domain);
  const silent = { onLoad: () => undefined, onWarning: () => undefined };
  const { usable, failed } = await findKeys(
    planned,
    new KeyStore(config.keys, systemClock, silent),
  );
  const ready = new SignerCache(() => Math.floor(systemClock.nowMs() / 1000)).readyFor(
    settings,
    usable,
  );
  const [problem] = [...failed, ...ready.failed];
  const [found] = ready.signatures;
  if (problem === undefined && found !== undefined) return { status: "found", key: found.key };
  return {
    status: problem?.status === "missing" ? "missing" : "unusable",
    reason: problem?.reason ?? `no signature is planned for ${domain}`,
    remedy: problem?.remedy ?? "correct the config",
  };
}
