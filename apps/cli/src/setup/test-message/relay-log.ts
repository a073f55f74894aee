import { type Host, outputOf } from "../../host/host.ts";
import { layout } from "../../host/layout.ts";

/** What the relay did with a message, by its log. */
export interface RelayAccount {
  /** Such as "signed" or "not signed: key-unusable". */
  readonly result: string;
  /** Why, and what to do, if the relay has given a reason. */
  readonly problem?: string;
}

type LogLine = Readonly<Record<string, unknown>>;

/** The account of the last message to a recipient; undefined if there is none, or if the log is not in the journal. */
export async function relayAccount(
  host: Host,
  recipient: string,
): Promise<RelayAccount | undefined> {
  const args = ["--unit", layout.relayUnit, "--since", "-5min", "--output", "cat", "--no-pager"];
  const text = outputOf(await host.run("journalctl", args, { timeoutMs: 10_000 })) ?? "";
  return accountOf(text.split("\n").map(lineOf).toReversed(), recipient);
}

/** `lines`: the latest first. */
function accountOf(lines: readonly LogLine[], recipient: string): RelayAccount | undefined {
  const message = lines.find(
    ({ to, result }) => typeof result === "string" && Array.isArray(to) && to.includes(recipient),
  );
  if (message === undefined) return undefined;
  const { queueId, fault } = message;
  const problem = lines.find(
    (line) => queueId !== undefined && line["queueId"] === queueId && "reason" in line,
  );
  const sentence =
    problem === undefined ? fault : `${String(problem["reason"])}; ${String(problem["remedy"])}`;
  return {
    result: String(message["result"]),
    ...(typeof sentence === "string" ? { problem: sentence } : {}),
  };
}

/** A line of the format json; that of the format text has no fields. */
function lineOf(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as LogLine) : {};
  } catch {
    return {};
  }
}
