/**
 * Code that the tests of several packages share: the corpus, README examples, ordinary and worst-case messages.
 *
 *     import { corpusPath, readManifest } from "@mailseal/testkit";
 *
 *     describe.skipIf(corpusPath() === undefined)("corpus", () => {
 *       test.each(readManifest("verify"))("$id", (corpusCase) => { ... });
 *     });
 *
 * It imports no other package of the family, so that every package's tests may use it.
 */
export { corpusPath } from "./corpus.ts";
export { disputedCases, type DisputedCase } from "./disputed.ts";
export {
  readManifest,
  type CorpusCase,
  type ExpectedResult,
  type ParseOnlyCase,
  type SignatureDescription,
  type SignCase,
  type SignParameters,
  type SignValuesCase,
  type VerifyCase,
} from "./manifest.ts";
export { codeBlocks, readmeExample, runExample, runReadmeExample } from "./readme-example.ts";
export { repositoryRoot } from "./repository.ts";
export {
  readVectors,
  type AuthenticationResultsVector,
  type BodyHashVector,
  type CanonicalizationVector,
  type CanonicalMessageVector,
  type ChunkInvarianceVector,
  type KeyMatchVector,
  type KeyRecordVector,
  type QuotedPrintableVector,
  type SignatureSyntaxVector,
  type Vector,
  type VectorOfKind,
} from "./vectors.ts";
export {
  buildMessage,
  ordinaryMessages,
  type MessageParts,
  type OrdinaryMessage,
} from "./messages.ts";
export { worstCaseKeyName, worstCases, type WorstCase } from "./worst-cases.ts";
