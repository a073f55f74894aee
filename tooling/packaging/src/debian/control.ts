import { readManifest, workspace } from "../workspace.ts";
import { maintainer } from "./maintainer.ts";
import { packageVersion } from "./version.ts";

/**
 * The libraries that Node's own build for Linux is linked with: those of the C and C++ compilers, which every Debian has.
 * The test compares them with the program.
 */
export const dependencies = "libc6 (>= 2.28), libgcc-s1 (>= 3.4), libstdc++6 (>= 10.2)";

const description = `DKIM signing and verification for mail servers
 Signs the mail of your domains with DKIM (RFC 6376, 8301, 8463) and verifies
 the mail of others, beside Postfix or Sendmail as a milter, or between servers
 by SMTP.
 .
  * mailseal makes keys and their DNS records, signs and verifies messages,
    explains why a signature broke, and sets up this machine (mailseal setup).
  * mailseal-relay is the milter and the SMTP relay.
  * mailseal-worker signs and delivers mail from a queue.
 .
 The programs bring a Node.js runtime that only they use.`;

/** The control file of the package. `installedKilobytes` is the size of its files. */
export function controlFile(architecture: string, installedKilobytes: number): string {
  const { homepage, repository } = readManifest(workspace);
  const url = typeof repository === "string" ? repository : repository?.url;
  const page = homepage ?? url?.replace(/^git\+/, "").replace(/\.git$/, "");
  const fields = [
    ["Package", "mailseal"],
    ["Version", packageVersion()],
    ["Architecture", architecture],
    ["Maintainer", maintainer],
    ["Installed-Size", String(installedKilobytes)],
    ["Depends", dependencies],
    ["Suggests", "postfix | sendmail-bin"],
    ["Section", "mail"],
    ["Priority", "optional"],
    ...(page === undefined ? [] : [["Homepage", page]]),
    ["Description", description],
  ];
  return fields.map(([name, value]) => `${name}: ${value}\n`).join("");
}
