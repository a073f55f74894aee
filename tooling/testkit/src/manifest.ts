import { readCases } from "./corpus.ts";

/** An RFC 8601 result, or null if the source of the case asserts nothing. */
export type ExpectedResult =
  | "pass"
  | "fail"
  | "policy"
  | "neutral"
  | "temperror"
  | "permerror"
  | null;

/** Properties of a DKIM-Signature field that the corpus knows without verifying it. */
export interface SignatureDescription {
  readonly v?: string | null;
  readonly d?: string | null;
  readonly s?: string | null;
  readonly a?: string | null;
  readonly c?: string | null;
  readonly bh?: null;
  readonly l?: string;
  readonly x?: string;
  /** The size of the key. */
  readonly bits?: number;
  /** This many signatures more, not described one by one. */
  readonly more?: number;
}

interface ManifestCase {
  readonly id: string;
  readonly source: string;
  readonly license: string;
  /** Relative to {@link corpusPath}, as every path here. */
  readonly message_path: string;
  /** SHA-256, hexadecimal, of the file at `signed_path`, or at `message_path` if there is none. */
  readonly sha256: string;
  readonly notes: string;
  readonly line_endings: "crlf" | "lf" | "mixed";
  /** Owner name -> TXT records, each record's strings joined. */
  readonly dns: Readonly<Record<string, readonly string[]>>;
  readonly dns_errors?: Readonly<Record<string, "NXDOMAIN" | "SERVFAIL" | "TIMEOUT">>;
  readonly same_input_as?: string;
  /** The source's own words; unstable in shape. */
  readonly source_expect?: unknown;
  readonly source_status?: string;
  readonly source_order?: string;
  /** Legacy features without which a pass is not possible, such as "rsa-sha1" or "pre-rfc4871". */
  readonly requires?: readonly string[];
  /** OpenDKIM's library flags under which the source ran the case. */
  readonly lib_flags?: readonly string[];
  readonly disputed?: unknown;
}

interface Expectations {
  /** One a DKIM-Signature field, top to bottom. */
  readonly expect: readonly ExpectedResult[];
  /** All acceptable results for each signature; only `expect` if absent. */
  readonly accept?: readonly (readonly ExpectedResult[] | ExpectedResult)[];
  /** The same two for a verifier with modern defaults. */
  readonly expect_rfc8301?: readonly ExpectedResult[];
  readonly accept_rfc8301?: readonly (readonly ExpectedResult[] | ExpectedResult)[];
  readonly sigs: readonly SignatureDescription[];
  /** The time of verification in Unix seconds, if it matters. */
  readonly time?: number;
}

export interface SignParameters {
  readonly d: string;
  readonly s: string;
  readonly c: string;
  readonly a: string;
  readonly q?: string;
  readonly i?: string;
  readonly h?: string;
  readonly t?: number;
  readonly l?: number | null;
}

interface SignExpectations {
  readonly signed_path: string;
  readonly key_path: string;
  readonly params: SignParameters;
  readonly expected_header: string;
  /** Which DKIM-Signature field of the signed message this is, counted from the top. */
  readonly sign_index: number;
  /** The field's value with an empty b=, latin1, byte by byte. */
  readonly unsigned_header_value: string;
  readonly expected_b: string;
  readonly recomputed_byte_exact: boolean;
}

export interface VerifyCase extends ManifestCase, Expectations, Partial<SignExpectations> {
  readonly kind: "verify";
  /** Set if only the overall outcome is asserted. */
  readonly expect_message?: "pass" | "none" | "nopass" | "fail";
  readonly raw_path?: string;
  readonly time_hint?: number;
}

export interface SignCase extends ManifestCase, Expectations, SignExpectations {
  readonly kind: "sign";
}

export interface ParseOnlyCase extends ManifestCase, Expectations {
  readonly kind: "parse-only";
  readonly n_signatures?: number;
}

export interface SignValuesCase extends ManifestCase {
  readonly kind: "sign-values";
  readonly key_path: string;
  readonly expected_b: string;
  readonly expected_bh: string;
}

export type CorpusCase = VerifyCase | SignCase | ParseOnlyCase | SignValuesCase;

const commonKeys =
  "message_path sha256 line_endings dns dns_errors same_input_as source_expect source_status " +
  "source_order requires lib_flags disputed";
const expectationKeys = "expect accept expect_rfc8301 accept_rfc8301 sigs time";
const signKeys =
  "signed_path key_path params expected_header sign_index unsigned_header_value expected_b " +
  "recomputed_byte_exact";

const knownKeys: Record<CorpusCase["kind"], string> = {
  verify: `${commonKeys} ${expectationKeys} ${signKeys} expect_message raw_path time_hint`,
  sign: `${commonKeys} ${expectationKeys} ${signKeys}`,
  "parse-only": `${commonKeys} ${expectationKeys} n_signatures`,
  "sign-values": `${commonKeys} key_path expected_b expected_bh`,
};

/** The message cases of the corpus, all or those of one kind; empty if there is no corpus. */
export function readManifest(): readonly CorpusCase[];
export function readManifest<Kind extends CorpusCase["kind"]>(
  kind: Kind,
): readonly Extract<CorpusCase, { readonly kind: Kind }>[];
export function readManifest(kind?: CorpusCase["kind"]): readonly CorpusCase[] {
  const cases = readCases<CorpusCase>("manifest.jsonl", knownKeys);
  return kind === undefined ? cases : cases.filter((read) => read.kind === kind);
}
