import { spawnSync } from "node:child_process";

/** A line of the sources that apt uses on this machine, without its keyring. */
interface AptSource {
  /** "http://deb.debian.org/debian" */
  readonly mirror: string;
  /** "bookworm", "bookworm-updates" */
  readonly suite: string;
  readonly component: string;
}

/** The places from which apt of this machine gets its distribution, for a fresh root of the same release. */
export interface AptSources {
  /** The suite itself, without updates. */
  readonly suite: string;
  readonly mirror: string;
  /** The text of sources.list. */
  readonly list: string;
  /** The variables that make programs other than apt use apt's proxy. */
  readonly proxy: Readonly<Record<string, string>>;
}

/** The sources of this machine's distribution, as apt itself reports them; undefined if it has none. */
export function aptSources(): AptSources | undefined {
  const release = outputOf("sh", [
    "-c",
    '. /etc/os-release && echo "$ID $VERSION_CODENAME"',
  ]).trim();
  const [id = "", suite = ""] = release.split(" ");
  const format = "$(ORIGIN) $(SITE) $(RELEASE) $(COMPONENT)";
  const sources = outputOf("apt-get", ["indextargets", "--format", format, "Created-By: Packages"])
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([origin]) => origin?.toLowerCase() === id)
    .map(([, mirror = "", name = "", component = ""]): AptSource => {
      return { mirror, suite: name, component };
    });
  const main = sources.find((source) => source.suite === suite && source.component === "main");
  if (main === undefined) return undefined;
  const lines = sources.map(
    (source) => `deb ${source.mirror} ${source.suite} ${source.component}\n`,
  );
  return { suite, mirror: main.mirror, list: lines.join(""), proxy: aptProxy() };
}

function aptProxy(): Readonly<Record<string, string>> {
  const proxy: Record<string, string> = {};
  for (const scheme of ["http", "https"]) {
    const setting = outputOf("apt-config", ["dump", "--format", "%v", `Acquire::${scheme}::Proxy`]);
    if (setting !== "" && setting !== "DIRECT") proxy[`${scheme}_proxy`] = setting;
  }
  return proxy;
}

/** What a command prints; "" if it fails or is absent. */
function outputOf(command: string, args: readonly string[]): string {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout : "";
}
