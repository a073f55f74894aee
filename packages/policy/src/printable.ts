/** One line that a log or an SMTP answer can carry: what is not visible ASCII becomes "?", and it is cut. */
export function printableLine(text: string, maxLength = 300): string {
  const line = text.slice(0, maxLength).replaceAll(/[^\x20-\x7e]/g, "?");
  return text.length > maxLength ? `${line}...` : line;
}

/** What to tell of something that was thrown. Never its stack. */
export function reasonOf(error: unknown): string {
  return printableLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}
