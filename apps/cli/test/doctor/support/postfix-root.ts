import { chmodSync, chownSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ReadConfig, readConfig } from "@mailseal/config";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { installationOn, type Installation } from "../../../src/doctor/installation.ts";
import { type FakeRoot, fakeRoot } from "../../host/fake-root.ts";

/** The account of the relay in fake roots. */
export const mailseal = { uid: 54_701, gid: 54_702 } as const;
/** The account of Postfix, as `fakeRoot` makes it. */
const postfix = { uid: 105, gid: 105 } as const;

export interface PostfixRoot extends FakeRoot {
  readonly installation: Installation;
  readonly configFile: string;
  /** The socket of the milter in the queue directory, which is seen from outside the fake root. */
  readonly socket: string;
}

export interface PostfixRootOptions {
  /** Lines of main.cf in place of those that call the relay. */
  readonly main?: readonly string[];
  readonly master?: readonly string[];
  /** The config in YAML, in place of one with a milter listener. */
  readonly config?: string;
  /** systemd runs, and the relay with it. */
  readonly isRunning?: true;
  /** Further lines of the section `[Service]` in the unit of the relay. */
  readonly unit?: readonly string[];
}

const calls = [
  "smtpd_milters = unix:mailseal/milter.sock",
  "non_smtpd_milters = unix:mailseal/milter.sock",
];

/** Reads the config without looking for the folders that it names, which are in the fake root. */
export async function withoutFolders(
  file: string,
  options: Parameters<typeof readConfig>[1] = {},
): Promise<ReadConfig> {
  return readConfig(readFileSync(file, "utf8"), options);
}

/** A fake root with Postfix and the installed relay. Nothing listens at the socket yet. */
export function postfixRoot(options: PostfixRootOptions = {}): PostfixRoot {
  const root = fakeRoot({
    postfix: options.main ?? calls,
    ...(options.master === undefined ? {} : { master: options.master }),
    ...(options.isRunning === undefined ? {} : { systemd: true }),
  });
  root.write(
    "/etc/passwd",
    `${root.read("/etc/passwd")}mailseal:x:${mailseal.uid}:${mailseal.gid}:::\n`,
  );
  root.write("/etc/group", `${root.read("/etc/group")}mailseal:x:${mailseal.gid}:\n`);
  root.write(
    "/usr/lib/systemd/system/mailseal-relay.service",
    [
      "[Unit]",
      "[Service]",
      "User=mailseal",
      "Group=mailseal",
      "SupplementaryGroups=postfix",
      ...(options.unit ?? []),
      "",
    ].join("\n"),
  );
  mkdirSync(root.path("/etc/systemd/system/multi-user.target.wants"), { recursive: true });
  root.write("/etc/systemd/system/multi-user.target.wants/mailseal-relay.service", "");
  if (options.isRunning === true)
    root.write("/run/systemd/units/mailseal-relay.service.active", "");
  const directory = root.path("/var/spool/postfix/mailseal");
  mkdirSync(directory);
  chownSync(directory, mailseal.uid, postfix.gid);
  chmodSync(directory, 0o2750);
  const configFile = writeTestFile(
    temporaryDirectory("test"),
    "mailseal.yaml",
    options.config ??
      'listeners: [{ protocol: milter, listen: "unix:/var/spool/postfix/mailseal/milter.sock", socketGroup: postfix }]\n',
  );
  return {
    ...root,
    configFile,
    socket: join(directory, "milter.sock"),
    installation: installationOn(root.host, configFile, withoutFolders),
  };
}
