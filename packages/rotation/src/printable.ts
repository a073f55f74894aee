const maxLength = 500;

/** One line, whatever a server, a hook or the system said. */
export function printable(text: string): string {
  const line = text
    .replaceAll(/\s*[\r\n]+\s*/g, " ")
    .replaceAll(
      /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}...` : line;
}
