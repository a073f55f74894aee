import type { Advance, HistoryEntry, Preview, RotationState } from "@mailseal/rotation";
import { paint, wrap } from "@mailseal/service/terminal";
import { printable } from "@mailseal/syntax";

/** The steps that `advance` took, for people. */
export function advanceText(advance: Advance): string {
  if (advance.kind === "busy") {
    return `${paint("yellow", advance.domain)}: another process is working on it\n`;
  }
  const { state, did } = advance;
  const done = did.map((event) => `${wrap(printable(event), "  ")}\n`).join("");
  return `${paint("bold", state.domain)} ${state.stage}\n${done}${waitText(state)}`;
}

/** A table with one row per rotation, and below each row its next step and the reason for waiting. */
export function statusText(states: readonly RotationState[], previews: readonly Preview[]): string {
  if (states.length === 0) return "No rotation is in progress.\n";
  const rows = states.map((state) => [
    state.domain,
    selectorsOf(state),
    state.direction === "back" && state.stage !== "aborted"
      ? `${state.stage} (aborting)`
      : state.stage,
    timeOf(state.sinceMs),
    state.dueMs === Number.MAX_SAFE_INTEGER ? "-" : timeOf(state.dueMs),
  ]);
  const head = ["DOMAIN", "SELECTORS", "STAGE", "SINCE", "NEXT"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const next = new Map(previews.map((preview) => [preview.state.id, preview.next]));
  const body = states.map((state, index) => {
    const then = next.get(state.id);
    const step = then === undefined ? "" : `${wrap(`next: ${then}`, "  ")}\n`;
    return `${line(rows[index] ?? [])}\n${step}${waitText(state)}`;
  });
  return `${paint("bold", line(head))}\n${body.join("")}`;
}

export function historyText(entries: readonly HistoryEntry[]): string {
  return entries
    .map(
      ({ atMs, domain, rotation, stage, event }) =>
        `${timeOf(atMs)}  ${domain} #${rotation}  ${stage.padEnd(8)}  ${printable(event)}\n`,
    )
    .join("");
}

/** Formats `r2025 -> r2026, e2026`. */
function selectorsOf({ incoming, outgoing }: RotationState): string {
  return `${namesOf(outgoing)} -> ${namesOf(incoming)}`;
}

function namesOf(keys: RotationState["incoming"]): string {
  return keys.map(({ selector }) => selector).join(", ") || "-";
}

function waitText({ problem, cause, advice }: RotationState): string {
  const colour = cause === "failed" ? "red" : "yellow";
  const waits = cause === "failed" ? "failed" : "waiting";
  const why =
    problem === undefined
      ? ""
      : `${paint(colour, wrap(`${waits}: ${printable(problem)}`, "  "))}\n`;
  // The advice is zone text to copy, so its lines are not wrapped.
  return advice === undefined ? why : `${why}\n${advice}\n`;
}

function timeOf(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/:\d\d\.\d{3}Z$/, "Z");
}
