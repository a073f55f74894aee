import { type Algorithm, type PublicKey, recoverDigest } from "@mailseal/crypto";
import type { KeySource } from "@mailseal/dns-record";
import type { DkimSignature, Message } from "@mailseal/syntax";
import type { ReadSignature } from "../../candidate-signature.ts";
import { chooseKeys } from "../../key-choice.ts";
import { toLocalPolicy, type VerifyOptions } from "../../options.ts";
import type { Verdict } from "../../verdict.ts";
import type { Budget } from "../budget.ts";
import type { Cause } from "../cause.ts";
import { HeaderModel } from "../header/header-model.ts";
import { HeaderTest } from "../header/header-test.ts";
import { keyName } from "./key-causes.ts";

/** The parts of an explanation that the search for another key needs. */
export interface KeyContext {
  readonly message: Message;
  readonly keys: KeySource;
  readonly options: VerifyOptions;
  readonly budget: Budget;
  /** Other selectors that may have signed. */
  readonly selectors: readonly string[];
}

/** Common selectors, tried in addition to those that resemble the signature's own. */
const usualSelectors: readonly string[] = [
  "default",
  "dkim",
  "mail",
  "selector1",
  "selector2",
  "s1",
  "s2",
  "k1",
];
const mostSelectors = 12;

/** Whether the key of another selector made the signature. */
export async function otherKey(
  verdict: Verdict,
  { field, signature, algorithm }: ReadSignature,
  { message, keys, options, budget, selectors }: KeyContext,
): Promise<readonly Cause[]> {
  const text = new HeaderModel(message, field, signature).signedText();
  const fitting = await fittingSelector(signature, algorithm, keys, selectors, (key) =>
    key.type === "rsa"
      ? madeBy(key, signature)
      : new HeaderTest(algorithm, [key], signature.signature, budget).matches(text),
  );
  return fitting === undefined ? [] : [wrongKeyCause(verdict, toLocalPolicy(options).now, fitting)];
}

/** Another selector of the domain whose key made the signature, if it is a likely one. */
async function fittingSelector(
  signature: DkimSignature,
  algorithm: Algorithm,
  keys: KeySource,
  others: readonly string[],
  fits: (key: PublicKey) => boolean,
): Promise<string | undefined> {
  const own = signature.selector.toLowerCase();
  const tried = new Set(
    [...others, ...similarSelectors(own), ...usualSelectors].filter((one) => one !== own),
  );
  for (const selector of [...tried].slice(0, mostSelectors)) {
    const lookup = await keys.find(selector, signature.domain);
    const choice = chooseKeys(lookup, signature, algorithm);
    if (choice.ok && choice.keys.some(({ publicKey }) => fits(publicKey))) {
      return selector;
    }
  }
  return undefined;
}

/** Selectors whose number is one or two off, because rotations often count up. */
function similarSelectors(selector: string): readonly string[] {
  const match = /^(.*?)(\d{1,8})(\D*)$/.exec(selector);
  if (match === null) {
    return [`${selector}1`, `${selector}2`];
  }
  const [, before = "", digits = "", after = ""] = match;
  return [-1, 1, -2, 2]
    .map((step) => Number(digits) + step)
    .filter((number) => number >= 0)
    .map((number) => before + String(number).padStart(digits.length, "0") + after);
}

/** The cause if the published key did not make the signature. RSA shows this without the signed text. */
export function wrongKeyCause(
  { domain, selector, timestamp }: Verdict,
  now: number,
  fitting: string | undefined,
): Cause {
  const name = keyName(selector ?? "", domain ?? "");
  const age = timestamp === undefined ? -1 : Math.floor((now - timestamp) / 86_400);
  const rotated =
    age >= 30 ? `; the signature is ${age} days old, so the key may have been replaced since` : "";
  return fitting === undefined
    ? {
        code: "wrong-key",
        evidence: `the signature does not decrypt to a digest with the RSA key at ${name}`,
        detail: `the key at ${name} is not the one that made the signature${rotated}`,
      }
    : {
        code: "wrong-key",
        evidence: `the key at ${keyName(fitting, domain ?? "")} made the signature; the key at ${name} did not`,
        detail: `the message was signed with the key of selector ${fitting}, but s= names ${selector}${rotated}`,
      };
}

function madeBy(key: PublicKey, signature: DkimSignature): boolean {
  return recoverDigest(key, signature.signature) !== undefined;
}
