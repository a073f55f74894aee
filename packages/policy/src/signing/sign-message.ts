import type { MadeSignature, Signer } from "@mailseal/signer";
import type { Verification } from "@mailseal/verifier";
import type { Clock } from "../clock.ts";
import { withoutFields } from "../field-removal.ts";
import type { FieldRemoval } from "../mail.ts";
import type { OpenMessage } from "../open-message.ts";

export interface SignedBody {
  /** Those that the message does not carry already. */
  readonly signatures: readonly MadeSignature[];
  /** Spent on hashing and signing, not on waiting for the message. */
  readonly signingNs: number;
}

/** What is changed in the header before it is signed. */
export interface HeaderChanges {
  /** Fields on top of it, each with CRLF. */
  readonly added: string;
  readonly remove: readonly FieldRemoval[];
}

/**
 * Signs a message as it is read, with the fields that are added and without those that are removed.
 * Rejects with a `SigningError` where the message must not be signed.
 */
export async function signOpenMessage(
  message: OpenMessage,
  { added, remove }: HeaderChanges,
  signer: Signer,
  existing: Verification | undefined,
  clock: Clock,
): Promise<SignedBody> {
  const { bytes } = message.header;
  let signingNs = 0;
  const timed = <Value>(work: () => Value): Value => {
    const startNs = clock.elapsedNs();
    const value = work();
    signingNs += clock.elapsedNs() - startNs;
    return value;
  };
  const stream = timed(() => signer.stream());
  if (added !== "") timed(() => stream.write(Buffer.from(added)));
  timed(() => stream.write(withoutFields(bytes, remove)));
  existing?.write(bytes);
  const body = message.readBody((piece) => {
    timed(() => stream.write(piece));
    existing?.write(piece);
  });
  if (body !== undefined) await body;
  const standing = existing === undefined ? undefined : await passing(existing);
  const signatures = timed(() => stream.finish()).signatures.map(withCrlf);
  const isNew = ({ domain, selector }: MadeSignature): boolean =>
    standing?.has(nameOf(domain, selector)) !== true;
  return { signatures: standing === undefined ? signatures : signatures.filter(isNew), signingNs };
}

/**
 * What is removed can leave a message whose first line ends with bare LF, and then so do the lines of the signature:
 * front ends hand on CRLF, as which they were signed.
 */
function withCrlf(signature: MadeSignature): MadeSignature {
  const { field } = signature;
  return field.includes("\r\n")
    ? signature
    : { ...signature, field: field.replaceAll("\n", "\r\n") };
}

async function passing(existing: Verification): Promise<ReadonlySet<string>> {
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
