import type { Config } from "@mailseal/policy/config";

/** A listener of the config that speaks SMTP. */
export type SmtpListener = Extract<Config["listeners"][number], { readonly protocol: "smtp" }>;
