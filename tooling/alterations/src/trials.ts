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
    types.map((type) => ({
      domain,
      selector: selectors[type],
      key: signingKeys[type],
      canonicalization,
      timestamp: signedAt,
      ...more,
    })),
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
): Trial | undefined {
  let mail: Mail | undefined = signed(sample, canonicalization, signing, altered);
  for (const { alter } of altered) {
    mail = mail === undefined ? undefined : alter?.(mail);
  }
  if (mail === undefined) {
    return undefined;
  }
  const zone = altered.reduce((records, { zone: change }) => change?.(records) ?? records, published);
  const receivedAt = altered.find((one) => one.receivedAt !== undefined)?.receivedAt;
  return {
    name: `${altered.map(({ name }) => name).join(" + ")} (${sample.name}, ${canonicalization}, ${signing})`,
    alterations: altered,
    message: Buffer.from(mail.toString(), "latin1"),
    options: {
      keys: staticResolver(zoneFromJson(zone)),
      now: receivedAt ?? signedAt + 600,
      ...Object.assign({}, ...altered.map(({ verifying }) => verifying)),
    },
  };
}

/** Whether each alteration breaks a signature by itself: one that does nothing cannot be found. */
export async function eachBreaks({ parts }: PairTrial): Promise<boolean> {
  for (const { message, options } of parts) {
    // oxlint-disable-next-line no-await-in-loop -- two of them, and mostly the first decides
    const { signatures } = await verify(message, options);
    if (signatures.every(({ result }) => result === "pass")) {
      return false;
    }
  }
  return true;
}

/** Every alteration of every sample that it can alter, in every canonicalization, signed once and twice. */
export function* singleTrials(): Generator<Trial> {
  for (const alteration of [...alterations.body, ...alterations.header, ...alterations.key]) {
    for (const [index, sample] of samples.entries()) {
      for (const [at, canonicalization] of canonicalizations.entries()) {
        const signing = (index + at) % 2 === 0 ? "both" : "rsa";
        const one = trial(sample, canonicalization, signing, [alteration]);
        if (one !== undefined) {
          yield one;
        }
      }
    }
  }
}

export interface PairTrial extends Trial {
  /** Each alteration by itself. */
  readonly parts: readonly Trial[];
}

function pairTrial(
  sample: Sample,
  canonicalization: Canonicalization,
  signing: Signing,
  first: Alteration,
  second: Alteration,
): PairTrial | undefined {
  const both = trial(sample, canonicalization, signing, [first, second]);
  const one = trial(sample, canonicalization, signing, [first]);
  const other = trial(sample, canonicalization, signing, [second]);
  return both === undefined || one === undefined || other === undefined
    ? undefined
    : { ...both, parts: [one, other] };
}

/** Of all pairs, every so many: which ones depends on nothing but this number. */
const pairStride = 61;

/** Two alterations of one message: of body and header, of the body twice, of the header twice. */
export function* pairTrials(): Generator<PairTrial> {
  const all = [...alterations.body, ...alterations.header];
  let turn = 0;
  for (const [index, first] of all.entries()) {
    for (const second of all.slice(index + 1)) {
      for (const sample of samples) {
        for (const canonicalization of canonicalizations) {
          if (turn++ % pairStride === 0) {
            const one = pairTrial(sample, canonicalization, turn % 2 === 0 ? "both" : "rsa", first, second);
            if (one !== undefined) {
              yield one;
            }
          }
        }
      }
    }
  }
}
