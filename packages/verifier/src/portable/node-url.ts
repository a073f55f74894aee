/** The functions of `node:url` that the portable build needs, by the URL parser of the host. */

/** The name in A-labels; "" if it is not valid. */
export function domainToASCII(name: string): string {
  const url = `ws://${name}`;
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** Not needed to verify: a name stays in A-labels. */
export function domainToUnicode(name: string): string {
  return name;
}
