/** Files that hold a secret: they are read only if nobody else may read or change them. */
export type { FileProblem } from "./files/file-problem.ts";
export {
  type PermissionWarning,
  readSecretFile,
  type SecretFile,
  type SecretFileRules,
  strictRules,
  usersRules,
} from "./files/secret-file.ts";
