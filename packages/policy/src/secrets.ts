/** Files that hold a secret: read whole, and only where nobody else may read or change them. */
export {
  type PermissionWarning,
  readSecretFile,
  type SecretFile,
  type SecretFileRules,
  strictRules,
  usersRules,
} from "./keys/secret-file.ts";
