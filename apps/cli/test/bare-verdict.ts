import type { Verdict } from "@mailseal/verifier";

/** What every verdict has, of a signature of which nothing could be read. */
export const bareVerdict: Omit<Verdict, "result" | "code" | "reason"> = {
  bodyHash: "none",
  signature: "none",
  testing: false,
  noSubdomains: false,
  signedFields: [],
  unsignedBodyBytes: 0,
  aligned: "none",
  trusted: false,
};
