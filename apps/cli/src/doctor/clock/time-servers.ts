import { fileStateOn, type Host, namesOn, readTextOn } from "../../host/host.ts";

/** A program that keeps the clock right, with the servers that it is configured to ask. */
export interface TimeService {
  readonly name: "chrony" | "timesyncd" | "ntp" | "openntpd" | "none";
  readonly servers: readonly string[];
}

const services: readonly {
  readonly name: Exclude<TimeService["name"], "none">;
  /** One of them exists if the program is installed. */
  readonly programs: readonly string[];
  readonly files: readonly string[];
  /** Directories with more files of that form, and the end of their names. */
  readonly folders: readonly (readonly [string, string])[];
  readonly serversIn: (text: string) => readonly string[];
}[] = [
  {
    name: "chrony",
    programs: ["/usr/sbin/chronyd"],
    files: ["/etc/chrony/chrony.conf", "/etc/chrony.conf"],
    folders: [
      ["/etc/chrony/conf.d", ".conf"],
      ["/etc/chrony/sources.d", ".sources"],
      ["/etc/chrony.d", ".conf"],
      ["/run/chrony-dhcp", ".sources"],
    ],
    serversIn: (text) => secondWords(text, /^[ \t]*(?:server|pool|peer)[ \t]+(\S+)/gim),
  },
  {
    name: "ntp",
    programs: ["/usr/sbin/ntpd"],
    files: ["/etc/ntpsec/ntp.conf", "/etc/ntp.conf"],
    folders: [["/etc/ntpsec/ntp.d", ".conf"]],
    serversIn: (text) => secondWords(text, /^[ \t]*(?:server|pool|peer)[ \t]+(\S+)/gim),
  },
  {
    name: "openntpd",
    programs: ["/usr/sbin/openntpd"],
    files: ["/etc/openntpd/ntpd.conf"],
    folders: [],
    serversIn: (text) => secondWords(text, /^[ \t]*servers?[ \t]+(\S+)/gim),
  },
  {
    name: "timesyncd",
    programs: ["/usr/lib/systemd/systemd-timesyncd", "/lib/systemd/systemd-timesyncd"],
    files: ["/usr/lib/systemd/timesyncd.conf", "/etc/systemd/timesyncd.conf"],
    folders: [
      ["/usr/lib/systemd/timesyncd.conf.d", ".conf"],
      ["/run/systemd/timesyncd.conf.d", ".conf"],
      ["/etc/systemd/timesyncd.conf.d", ".conf"],
    ],
    // Debian builds in those that its file shows as a comment.
    serversIn: (text) => {
      const set = listsIn(text, /^(?:Fallback)?NTP=(.*)$/gm);
      return set.length > 0 ? set : listsIn(text, /^#FallbackNTP=(.*)$/gm);
    },
  },
];

/** The first time service that is installed. */
export async function timeService(host: Host): Promise<TimeService> {
  for (const { name, programs, files, folders, serversIn } of services) {
    const states = await Promise.all(programs.map((path) => fileStateOn(host, path)));
    if (states.every((state) => state === undefined)) continue;
    const paths = [...files];
    for (const [folder, end] of folders) {
      for (const file of await namesOn(host, folder)) {
        if (file.endsWith(end)) paths.push(`${folder}/${file}`);
      }
    }
    const texts = await Promise.all(paths.map((path) => readTextOn(host, path)));
    const servers = serversIn(texts.map((text) => text ?? "").join("\n"));
    return { name, servers: [...new Set(servers)].filter((it) => !it.startsWith("127.127.")) };
  }
  return { name: "none", servers: [] };
}

function secondWords(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), ([, word = ""]) => word);
}

function listsIn(text: string, pattern: RegExp): readonly string[] {
  return secondWords(text, pattern).flatMap((list) => list.split(/\s+/).filter((it) => it !== ""));
}
