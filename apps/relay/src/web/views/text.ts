import { printable } from "@mailseal/syntax";
import { html } from "hono/html";

/** HTML that is already escaped. */
export type Html = ReturnType<typeof html>;

const longest = 200;

/** Untrusted text on one line: unprintable characters are escaped, and long text is truncated. */
export function shown(text: string, most: number = longest): string {
  const line = printable(text.slice(0, most));
  return text.length > most ? `${line}…` : line;
}

const counts = new Intl.NumberFormat("en");

export function count(value: number): string {
  return counts.format(value);
}

/** Formats a duration with three digits and a unit. */
export function duration(ns: number | undefined): string {
  if (ns === undefined) return "–";
  if (ns < 1e6) return `${trimmed(ns / 1e3)} µs`;
  if (ns < 1e9) return `${trimmed(ns / 1e6)} ms`;
  const seconds = ns / 1e9;
  if (seconds < 120) return `${trimmed(seconds)} s`;
  return seconds < 7200 ? `${trimmed(seconds / 60)} min` : `${trimmed(seconds / 3600)} h`;
}

function trimmed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const share = (100 * part) / whole;
  // 99.96 % is not all of it.
  const text = share === 100 || share === 0 ? String(share) : share.toFixed(1);
  return `${text === "100.0" ? "99.9" : text} %`;
}

export function age(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  if (days >= 730) return `${Math.floor(days / 365)} years`;
  if (days >= 2) return `${days} days`;
  const hours = Math.floor(seconds / 3600);
  return hours >= 2 ? `${hours} hours` : "new";
}

/** A point in time, in UTC. */
export function time(unixMs: number): Html {
  const iso = new Date(unixMs).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}
