const usualNames: ReadonlyMap<string, string> = new Map(
  [
    "Message-ID",
    "MIME-Version",
    "Content-ID",
    "Feedback-ID",
    "Resent-Message-ID",
    "DKIM-Signature",
    "ARC-Seal",
  ].map((name) => [name.toLowerCase(), name]),
);

/** A lower-case name with each word capitalized. */
export function titledName(key: string): string {
  return key.replace(/(^|-)([a-z])/g, (letter) => letter.toUpperCase());
}

/** The spelling of a name in the standards, which most programs use. */
export function usualName(key: string): string {
  return usualNames.get(key) ?? titledName(key);
}
