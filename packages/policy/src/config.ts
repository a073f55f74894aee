/** @deprecated Import from `@mailseal/config`. This subpath goes with the next release. */
export * from "@mailseal/config";
