import type { Section } from "../imported-config.ts";
import { listenerNetworks } from "./hosts.ts";
import type { OpendkimSettings } from "./settings.ts";
import type { Setting } from "./source.ts";

/** The milter listener, and whether unsigned mail is verified. */
export function listenerOf(settings: OpendkimSettings): {
  readonly listener: Section;
  readonly verifies: boolean;
} {
  const mode = settings.get("mode")?.value.toLowerCase() ?? "sv";
  const verifies = mode !== "s";
  const direction = mode === "s" ? "outbound" : mode === "v" ? "inbound" : "auto";
  settings.carried("mode", `direction: ${direction}`);
  const internal = settings.get("internalhosts");
  const peers = settings.get("peerlist");
  const { relayNetworks, ignoreNetworks } = listenerNetworks(
    internal === undefined ? undefined : settings.entries(internal),
    peers === undefined ? [] : settings.entries(peers),
    settings.account,
  );
  const socket = settings.get("socket");
  const listen =
    socket === undefined ? "unix:/run/mailseal/milter.sock" : addressOf(socket, settings);
  const listener = {
    protocol: "milter",
    listen,
    direction,
    ...(mode === "v" ? {} : { relayNetworks }),
    ...(ignoreNetworks.length === 0 ? {} : { ignoreNetworks }),
    ...socketMode(listen, settings),
  };
  return { listener, verifies };
}

/** `inet:8891@localhost`, `inet:8891`, `local:/run/x.sock`, `unix:/run/x.sock`. */
function addressOf(socket: Setting, settings: OpendkimSettings): string {
  const { value } = socket;
  const [, port, given] = /^inet6?:(\d+)(?:@(.+))?$/i.exec(value) ?? [];
  if (port === undefined) {
    const path = value.replace(/^(?:local|unix):/i, "");
    if (path.startsWith("/")) settings.carried("socket", "listen of the listener");
    else
      settings.account.notCarried(
        socket,
        socket.name,
        `${value} is not an address: set listen, such as inet:8891@localhost`,
      );
    return path.startsWith("/") ? `unix:${path}` : "unix:/run/mailseal/milter.sock";
  }
  if (given === undefined) {
    settings.account.notCarried(
      socket,
      socket.name,
      `${value} listens on all addresses, so anybody could have mail signed; 127.0.0.1 is used instead: set listen if the mail server is on another host`,
    );
  } else {
    settings.carried("socket", "listen of the listener");
  }
  const address = (given ?? "127.0.0.1").replace(/^\[(.*)\]$/, "$1");
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function socketMode(listen: string, settings: OpendkimSettings): Section {
  const mask = settings.get("umask");
  if (mask === undefined) return {};
  if (!/^[0-7]+$/.test(mask.value)) {
    settings.account.notCarried(
      mask,
      mask.name,
      `${mask.value} is not an octal number: set socketMode`,
    );
    return {};
  }
  if (!listen.startsWith("unix:")) {
    settings.account.notNeeded(mask, mask.name, "the listener is not a unix socket");
    return {};
  }
  settings.carried("umask", "socketMode of the listener");
  const mode = 0o666 & ~Number.parseInt(mask.value, 8);
  return { socketMode: `0${mode.toString(8).padStart(3, "0")}` };
}
