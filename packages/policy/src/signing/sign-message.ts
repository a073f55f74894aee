import type { MadeSignature, Signer } from "@mailseal/signer";
import { changedHeader, type HeaderChanges } from "@mailseal/syntax";
import type { Verification } from "@mailseal/verifier";
import type { Clock } from "../pipeline/clock.ts";
import type { OpenMessage } from "../pipeline/open-message.ts";

export interface SignedBody {
  /** The new signatures, without those that the message already carries. */
  readonly signatures: readonly MadeSignature[];
  /** Time spent on hashing and signing, without waiting for the message. */
  readonly signingNs: number;
}

/**
 * Signs a message while it is read, with the fields that are added and without those that are removed.
 * Rejects with a `SigningError` if the message must not be signed.
 */
export async function signOpenMessage(
  message: OpenMessage,
  changes: HeaderChanges,
  signer: Signer,
  existing: Verification | undefined,
  clock: Clock,
): Promise<SignedBody> {
  let signingNs = 0;
  const timed = <Value>(work: () => Value): Value => {
    const startNs = clock.elapsedNs();
    const value = work();
    signingNs += clock.elapsedNs() - startNs;
    return value;
  };
  const { prepend, remove } = changes;
  const isChanged = prepend.length + remove.length > 0;
  const stream = timed(() =>
    signer.stream(isChanged ? changedHeader(message.header, changes) : message.header),
  );
  const body = message.readBody((piece) => {
    timed(() => stream.write(piece));
    existing?.write(piece);
  });
  if (body !== undefined) await body;
  const valid = existing === undefined ? undefined : await passingSignatures(existing);
  const { signatures } = timed(() => stream.finish());
  const isNew = ({ domain, selector }: MadeSignature): boolean =>
    valid?.has(nameOf(domain, selector)) !== true;
  return { signatures: valid === undefined ? signatures : signatures.filter(isNew), signingNs };
}

/** The names of the key records of the signatures that pass. */
async function passingSignatures(existing: Verification): Promise<ReadonlySet<string>> {
  const { signatures } = await existing.finish();
  return new Set(
    signatures.flatMap(({ result, domain, selector }) =>
      result === "pass" && domain !== undefined && selector !== undefined
        ? [nameOf(domain, selector)]
        : [],
    ),
  );
}

function nameOf(domain: string, selector: string): string {
  return `${selector}._domainkey.${domain}`.toLowerCase();
}
