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

/** A lower-case name with capitals at its words' beginnings. */
export function titledName(key: string): string {
  return key.replace(/(^|-)([a-z])/g, (letter) => letter.toUpperCase());
}

/** As the standards write a name, and most programs do. */
export function usualName(key: string): string {
  return usualNames.get(key) ?? titledName(key);
}
