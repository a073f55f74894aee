/**
 * `@mailseal/crypto/algorithms`: the table of algorithms alone, for programs that name algorithms and neither
 * load keys nor sign.
 */
export {
  type Algorithm,
  type AlgorithmName,
  algorithmNames,
  algorithms,
  defaultAlgorithm,
  findAlgorithm,
  type HashName,
  isKeyType,
  type KeyType,
  type LegacyAlgorithmName,
  legacyAlgorithmNames,
} from "./signing/algorithm.ts";
