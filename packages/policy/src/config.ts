/** @deprecated Import from `@mailseal/config`. This subpath goes with the next release. */
export * from "@mailseal/config";
/** @deprecated It is called `optionAliases`. */
export { optionAliases as foreignNames } from "@mailseal/config";
