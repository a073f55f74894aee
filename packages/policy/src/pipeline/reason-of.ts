import { asciiLine } from "@mailseal/syntax";

/** What to tell of something that was thrown. Never its stack. */
export function reasonOf(error: unknown): string {
  return asciiLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}
