import { staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { verify } from "@mailseal/verifier";
import type { ExplainOptions } from "@mailseal/verifier/explain";
import type { Alteration } from "./alteration.ts";
import { alterations } from "./alterations.ts";
import { notes } from "./header-fields.ts";
import { domain, published, selectors, signedAt, signingKeys } from "./keys.ts";
import { Mail } from "./mail.ts";
import { type Sample, samples } from "./samples.ts";

type Canonicalization = NonNullable<SignatureOptions["canonicalization"]>;

const canonicalizations: readonly Canonicalization[] = [
  "simple/simple",
  "simple/relaxed",
  "relaxed/simple",
  "relaxed/relaxed",
];

/** A message that was signed, altered, and arrived. */
export interface Trial {
  readonly name: string;
  readonly alterations: readonly Alteration[];
  readonly message: Uint8Array;
  readonly options: ExplainOptions;
  /** Each of several alterations by itself: one that breaks nothing cannot be found. */
  readonly parts: readonly Trial[];
}

/** How a message is signed: with RSA, or with both algorithms in two fields. */
type Signing = "rsa" | "both";

function signed(
  { text }: Sample,
  canonicalization: Canonicalization,
  signing: Signing,
  altered: readonly Alteration[],
): Mail {
  const more: Partial<SignatureOptions> = Object.assign(
    {},
    ...altered.map((alteration) => alteration.signing),
  );
  const mail = Mail.parse(text);
  const needsNotes = more.headers?.some((name) => name.startsWith("Comments")) ?? false;
  const types = signing === "both" ? (["rsa", "ed25519"] as const) : (["rsa"] as const);
  const signer = createSigner(
    types.map((type) =>
      Object.assign(
        {
          domain,
          selector: selectors[type],
          key: signingKeys[type],
          canonicalization,
          timestamp: signedAt,
        },
        more,
      ),
    ),
  );
  const before = needsNotes ? mail.addBelow(...notes) : mail;
  const bytes = signer.sign(Buffer.from(before.toString(), "latin1")).toBytes();
  return Mail.parse(Buffer.from(bytes).toString("latin1"));
}

function trial(
  sample: Sample,
  canonicalization: Canonicalization,
  signing: Signing,
  altered: readonly Alteration[],
  signedFor: readonly Alteration[] = altered,
): Trial | undefined {
  let mail: Mail | undefined = signed(sample, canonicalization, signing, signedFor);
  for (const { alter } of altered) {
    mail = mail === undefined ? undefined : alter(mail);
  }
  if (mail === undefined) {
    return undefined;
  }
  const zone = altered.reduce(
    (records, { zone: change }) => change?.(records) ?? records,
    published,
  );
  const receivedAt = altered.find((one) => one.receivedAt !== undefined)?.receivedAt;
  const alone = altered.length > 1 ? altered : [];
  return {
    parts: alone.flatMap((one) => trial(sample, canonicalization, signing, [one], altered) ?? []),
    name: `${altered.map(({ name }) => name).join(" + ")} (${sample.name}, ${canonicalization}, ${signing})`,
    alterations: altered,
    message: Buffer.from(mail.toString(), "latin1"),
    options: {
      keys: staticResolver(zoneFromJson(zone)),
      now: receivedAt ?? signedAt + 600,
      // Limited only by their number, so that a slow machine gives the same result.
      maxMilliseconds: 600_000,
      ...Object.assign({}, ...altered.map(({ verifying }) => verifying)),
    },
  };
}

/** Which trials to run; all of them take minutes. */
export type Extent = "all" | "some";

/** Runs every n-th pair, so that the choice depends only on these numbers. */
const pairStrides: Readonly<Record<Extent, number>> = { all: 61, some: 901 };

/**
 * "all": every alteration of every sample that it can alter, in every canonicalization, signed once and twice. "some":
 * each sample in one canonicalization only, which changes with each alteration.
 */
export function* singleTrials(extent: Extent): Generator<Trial> {
  for (const [number, alteration] of everyAlteration().entries()) {
    for (const [index, sample] of samples.entries()) {
      for (const [at, canonicalization] of canonicalizations.entries()) {
        const isChosen = extent === "all" || (number + index + at) % canonicalizations.length === 0;
        const one = isChosen
          ? trial(sample, canonicalization, signingOf(index + at), [alteration])
          : undefined;
        if (one !== undefined) {
          yield one;
        }
      }
    }
  }
}

/** Two alterations of one message, both of which break a signature by themselves. */
export function* pairTrials(extent: Extent): Generator<Trial> {
  const all = [...alterations.body, ...alterations.header];
  let turn = 0;
  for (const [index, first] of all.entries()) {
    for (const second of all.slice(index + 1)) {
      for (const sample of samples) {
        for (const canonicalization of canonicalizations) {
          const pair = [first, second];
          const isChosen = turn++ % pairStrides[extent] === 0;
          const one = isChosen ? trial(sample, canonicalization, signingOf(turn), pair) : undefined;
          if (one !== undefined) {
            yield one;
          }
        }
      }
    }
  }
}

/** Whether any sample in any canonicalization has a signature that the alteration breaks. */
export async function breaksSomething(alteration: Alteration): Promise<boolean> {
  for (const sample of samples) {
    for (const canonicalization of canonicalizations) {
      const one = trial(sample, canonicalization, "rsa", [alteration]);
      if (one !== undefined && (await isBroken(one))) {
        return true;
      }
    }
  }
  return false;
}

async function isBroken({ message, options }: Trial): Promise<boolean> {
  const { maxMilliseconds: _, ...verifyOptions } = options;
  const { signatures } = await verify(message, verifyOptions);
  return signatures.some(({ result }) => result !== "pass");
}

function everyAlteration(): readonly Alteration[] {
  return [...alterations.body, ...alterations.header, ...alterations.key];
}

function signingOf(turn: number): Signing {
  return turn % 2 === 0 ? "both" : "rsa";
}
