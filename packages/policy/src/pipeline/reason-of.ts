import { asciiLine } from "@mailseal/syntax";

/** The text for a log or a reply of something that was thrown, without its stack. */
export function reasonOf(error: unknown): string {
  return asciiLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}
