/** A time in the form of a Date or Received field (RFC 5322 3.3), in UTC. `atMs` is Unix time in milliseconds. */
export function mailDate(atMs: number): string {
  return new Date(atMs).toUTCString().replace(", 0", ", ").replace("GMT", "+0000");
}
