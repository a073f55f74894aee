import { manifestOf, programs } from "../programs.ts";

/** The version of the package: the highest version of the programs in it, as Debian writes it. */
export function packageVersion(): string {
  const versions = programs.map((program) => manifestOf(program).version);
  // A prerelease comes before its release: 1.0.0~rc.1.
  return versions.toSorted(compareVersions).at(-1)?.replace("-", "~") ?? "0.0.0";
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
