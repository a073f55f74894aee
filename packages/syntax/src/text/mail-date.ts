/** A time as a Date or Received field has it (RFC 5322 3.3), in UTC. `atMs`: Unix milliseconds. */
export function mailDate(atMs: number): string {
  return new Date(atMs).toUTCString().replace(", 0", ", ").replace("GMT", "+0000");
}
