import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository.ts";

/** The metrics that docs/guides/monitoring.md lists in one of its tables, each as "name type", sorted. */
export function documentedMetrics(
  heading: "relay and worker" | "the relay only",
): readonly string[] {
  const page = readFileSync(join(repositoryRoot, "docs/guides/monitoring.md"), "utf8");
  const [, section = ""] = page.split(`\n### Metrics of ${heading}\n`);
  const [table = ""] = section.split("\n#");
  return Array.from(
    table.matchAll(/^\| `(\w+)` +\| (\w+)/gm),
    ([, name, type]) => `${name} ${type}`,
  ).toSorted();
}

/** The metrics of an answer to /metrics, each as "name type", sorted. */
export function exportedMetrics(answer: string): readonly string[] {
  return Array.from(answer.matchAll(/^# TYPE (.*)$/gm), ([, metric = ""]) => metric).toSorted();
}
