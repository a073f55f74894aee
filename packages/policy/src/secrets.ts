/** @deprecated Import from `@mailseal/config/secrets`. This subpath goes with the next release. */
export * from "@mailseal/config/secrets";
