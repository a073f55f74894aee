import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { findGroup } from "../../host/accounts.ts";
import { fileStateOn, type Host, pathOn, programOn, readTextOn } from "../../host/host.ts";
import { layout } from "../../host/layout.ts";
import type { Change } from "../changes/change.ts";
import type { Ownership } from "../changes/ownership.ts";
import { SetupError } from "../setup-error.ts";

const root: Ownership = { user: "root", group: "root" };
const systemDirectory = "/etc/systemd/system";
/** The templates as the Debian package has them; those of npm are in the package of the relay. */
const packagedTemplates = "/usr/lib/mailseal/systemd";

/**
 * The unit of the relay where no package brought one, and the drop-in that lets it meet the mail server. One text serves the
 * package and the setup: it comes with the relay.
 */
export async function unitFiles(
  host: Host,
  {
    group,
    queueDirectory,
  }: {
    readonly group: string | undefined;
    readonly queueDirectory?: string;
  },
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  if ((await findUnit(host)) === undefined) {
    const program = programOn(host, layout.relayProgram) ?? "/usr/bin/mailseal-relay";
    const text = await template(host, layout.relayUnit);
    changes.push(
      file(
        `${systemDirectory}/${layout.relayUnit}`,
        text.replaceAll("/usr/bin/mailseal-relay", program),
      ),
    );
  }
  if (group === undefined || (await findGroup(host, group)) === undefined) return changes;
  const path = `${systemDirectory}/${layout.relayUnit}.d/${group === "postfix" ? "postfix" : "sendmail"}.conf`;
  if ((await readTextOn(host, path)) === undefined) {
    changes.push(
      { kind: "directory", path: dirname(path), mode: 0o755, owner: root },
      file(path, await dropIn(host, group, queueDirectory)),
    );
  }
  return changes;
}

/** The path of the relay's unit; undefined if there is none. */
async function findUnit(host: Host): Promise<string | undefined> {
  for (const directory of layout.unitDirectories) {
    const path = `${directory}/${layout.relayUnit}`;
    if ((await fileStateOn(host, path)) !== undefined) return path;
  }
  return undefined;
}

async function dropIn(
  host: Host,
  group: string,
  queueDirectory: string | undefined,
): Promise<string> {
  return queueDirectory !== undefined
    ? (await template(host, "postfix.conf")).replaceAll("/var/spool/postfix", queueDirectory)
    : `# For the relay beside Sendmail, which runs as this group.
[Service]
# A process may give a socket only to its own groups (socketGroup: ${group}).
SupplementaryGroups=${group}
`;
}

async function template(host: Host, name: string): Promise<string> {
  const places = [packagedTemplates];
  const program = programOn(host, layout.relayProgram);
  if (program !== undefined) {
    // bin/mailseal-relay.js in the package, behind the link that npm makes.
    const real = await realpath(pathOn(host, program));
    places.push(
      `${dirname(dirname(real)).slice(host.root === "/" ? 0 : host.root.length)}/systemd`,
    );
  }
  for (const place of places) {
    const text = await readTextOn(host, `${place}/${name}`);
    if (text !== undefined) return text;
  }
  throw new SetupError(
    `cannot find ${name}, which comes with mailseal-relay; install the relay again, then run mailseal setup again`,
  );
}

function file(path: string, content: string): Change {
  return { kind: "file", path, content, encoding: "utf8", mode: 0o644, owner: root };
}
