import { fileURLToPath } from "node:url";

/** The absolute path of the repository, without a final slash. */
export const repositoryRoot: string = fileURLToPath(new URL("../../..", import.meta.url)).replace(
  /\/$/,
  "",
);
