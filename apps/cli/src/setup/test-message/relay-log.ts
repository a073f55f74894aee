import { type Host, outputOf } from "../../host/host.ts";
import { layout } from "../../host/layout.ts";

/** What the relay did with the last message to a recipient, by its log in the journal; undefined if the log is elsewhere. */
export async function relayResult(host: Host, recipient: string): Promise<string | undefined> {
  const args = ["--unit", layout.relayUnit, "--since", "-5min", "--output", "cat", "--no-pager"];
  const text = outputOf(await host.run("journalctl", args, { timeoutMs: 10_000 })) ?? "";
  for (const line of text.split("\n").toReversed()) {
    if (!line.includes(recipient)) continue;
    const result = resultOf(line);
    if (result !== undefined) return result;
  }
  return undefined;
}

function resultOf(line: string): string | undefined {
  try {
    const { result, fault } = JSON.parse(line) as {
      readonly result?: unknown;
      readonly fault?: unknown;
    };
    if (typeof result !== "string") return undefined;
    return typeof fault === "string" ? `${result}: ${fault}` : result;
  } catch {
    // log.format: text
    return /\bresult[=:] ?"?([^"\n]+)/.exec(line)?.[1];
  }
}
