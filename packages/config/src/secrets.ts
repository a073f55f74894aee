/** Files that hold a secret: read whole, and only where nobody else may read or change them. */
export type { FileProblem } from "./files/file-problem.ts";
export {
  type PermissionWarning,
  readSecretFile,
  type SecretFile,
  type SecretFileRules,
  strictRules,
  usersRules,
} from "./files/secret-file.ts";
