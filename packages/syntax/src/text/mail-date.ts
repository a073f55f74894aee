/**
 * A time in the form of a Date or Received field (RFC 5322 3.3), in UTC. `atMs` is Unix time in milliseconds.
 *
 * ```ts
 * mailDate(Date.UTC(2026, 10, 27, 12)); // "Fri, 27 Nov 2026 12:00:00 +0000"
 * ```
 */
export function mailDate(atMs: number): string {
  return new Date(atMs).toUTCString().replace(", 0", ", ").replace("GMT", "+0000");
}
