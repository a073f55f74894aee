import { stat } from "node:fs/promises";
import { commandLine, type Host, outputOf } from "../../host/host.ts";
import type { Check } from "../check.ts";
import { askTime } from "../clock/sntp.ts";
import { timeService, type TimeService } from "../clock/time-servers.ts";
import type { Finding } from "../finding.ts";

/** Less than the 300 s that TSIG allows and that receivers forgive a signature from the future. */
const maxOffsetMs = 120_000;
const timeoutMs = 3000;
/** As many as needed to outvote one that is wrong. */
const maxServers = 4;
/** Files whose time is at most that of the true clock: time services write them, and packages have been built before. */
const earlierFiles = [
  "/var/lib/systemd/timesync/clock",
  "/var/lib/chrony/chrony.drift",
  "/etc/mailseal/mailseal.yaml",
  "/usr/bin/mailseal",
] as const;

/**
 * Whether the clock is right, by the strongest evidence that there is: the time servers that this machine is configured to
 * ask (the median of up to four); otherwise the kernel's word that a time service keeps it synchronized. A clock that is behind
 * the time of a file is wrong in any case.
 */
export const clockCheck: Check = {
  id: "clock",
  claim: "the clock is right",
  limitMs: 20_000,
  async run({ host }, report) {
    const service = await timeService(host);
    const answers = await Promise.all(
      service.servers.slice(0, maxServers).map((server) => askTime(server, timeoutMs)),
    );
    const offsets = answers.flatMap((answer) =>
      answer.status === "answered" ? answer.offsetMs : [],
    );
    const finding = clockFinding(offsets, await behindFilesMs(), service);
    if (finding === "right") return;
    if (finding !== "unknown") return report.found(finding);
    if (await isSynchronized(host)) return;
    report.unknown(
      service.servers.length === 0
        ? "no time server is configured and the kernel does not report a synchronized clock"
        : `no time server answers (${service.servers.slice(0, maxServers).join(", ")})`,
      "later",
    );
  },
};

/**
 * The verdict on the clock. `offsetsMs`: by how much servers are ahead of it; `behindMs`: by how much the newest of the files
 * is.
 */
export function clockFinding(
  offsetsMs: readonly number[],
  behindMs: number,
  { name }: TimeService,
): Finding | "right" | "unknown" {
  const byServers = median(offsetsMs);
  if (byServers === undefined && behindMs <= maxOffsetMs) return "unknown";
  const offsetMs = byServers ?? behindMs;
  if (Math.abs(offsetMs) <= maxOffsetMs) return "right";
  const amount = durationText(Math.abs(offsetMs));
  const evidence = byServers === undefined ? "by the time of files on it" : "by its time servers";
  return {
    kind: "clock-wrong",
    what: `The clock is ${amount} ${offsetMs > 0 ? "slow" : "fast"}, ${evidence}`,
    command: commands[name],
  };
}

/** Undefined without values. */
function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

async function behindFilesMs(): Promise<number> {
  const times = await Promise.all(
    earlierFiles.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times) - Date.now();
}

/** The kernel's word: a time service clears the flag STA_UNSYNC while it keeps the clock. */
async function isSynchronized(host: Host): Promise<boolean> {
  const asked = await host.run("timedatectl", ["show", "--property=NTPSynchronized", "--value"], {
    timeoutMs: 5000,
  });
  return outputOf(asked)?.trim() === "yes";
}

const commands: Readonly<Record<TimeService["name"], string>> = {
  chrony: "systemctl restart chrony && sleep 10 && chronyc makestep",
  timesyncd: "timedatectl set-ntp true && systemctl restart systemd-timesyncd",
  ntp: "systemctl stop ntpsec && ntpd -gq && systemctl start ntpsec",
  openntpd: "systemctl restart openntpd",
  none: commandLine(["apt-get", "install", "-y", "systemd-timesyncd"]).concat(
    " && timedatectl set-ntp true",
  ),
};

function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const parts = [
    [days, "day"],
    [hours, "hour"],
    [days > 0 ? 0 : minutes % 60, "minute"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`)
    .join(" ");
}
