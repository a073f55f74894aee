import { type Host, hasProgram, readTextOn } from "./host.ts";
import { type MilterEntry, milterTarget } from "./milter-list.ts";

/** An installed OpenDKIM. */
export interface Opendkim {
  readonly configFile: string;
  /** The socket in OpenDKIM's own words, such as "inet:8891@localhost"; undefined if none is set. */
  readonly socket: string | undefined;
}

const configFiles = ["/etc/opendkim.conf", "/etc/opendkim/opendkim.conf"] as const;
/** Debian's old place of the socket, which its start script prefers. */
const defaultsFile = "/etc/default/opendkim";

/** Undefined if the host has no OpenDKIM with a configuration. */
export async function readOpendkim(host: Host): Promise<Opendkim | undefined> {
  if (!hasProgram(host, "opendkim")) return undefined;
  for (const configFile of configFiles) {
    const text = await readTextOn(host, configFile);
    if (text === undefined) continue;
    const [, socket] = /^[ \t]*Socket[ \t]+"?([^\s"#]+)/im.exec(text) ?? [];
    const defaults = (await readTextOn(host, defaultsFile)) ?? "";
    const [, older] = /^[ \t]*SOCKET="?([^\s"#]+)/m.exec(defaults) ?? [];
    return { configFile, socket: socket ?? older };
  }
  return undefined;
}

/** Whether a milter of Postfix is OpenDKIM: by its socket, otherwise by a name that says so. */
export function isOpendkim(
  { address }: MilterEntry,
  { socket }: Opendkim,
  queueDirectory: string,
): boolean {
  if (/opendkim/i.test(address)) return true;
  if (socket === undefined) return false;
  const [, port, host = "localhost"] = /^inet6?:(\d+)(?:@(.+))?$/i.exec(socket) ?? [];
  return [true, false].some((isChrooted) => {
    const target = milterTarget(address, queueDirectory, isChrooted);
    switch (target.kind) {
      case "inet":
        return target.port === port && isSameHost(target.host, host);
      case "unix":
        return target.path === socket.replace(/^(?:local|unix):/i, "");
      case "other":
        return false;
    }
  });
}

const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "::1"]);

function isSameHost(one: string, other: string): boolean {
  const plain = other.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return one === plain || (loopbackNames.has(one) && loopbackNames.has(plain));
}
