import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeRuntime } from "../node-runtime.ts";
import { noticesText } from "../notices.ts";
import type { ThirdParty } from "../third-party.ts";
import { workspace } from "../workspace.ts";

const ruler = `\n${"=".repeat(78)}\n\n`;

/** Licences that every Debian system has in /usr/share/common-licenses. Policy 12.5: refer to them, do not quote them. */
const commonLicenses: ReadonlyMap<string, RegExp> = new Map([
  [
    "Apache-2.0",
    /[ \t]*Apache License\s+Version 2\.0, January 2004[^]*?END OF TERMS AND CONDITIONS/g,
  ],
  [
    "GPL-2",
    /[ \t]*GNU GENERAL PUBLIC LICENSE\s+Version 2, June 1991[^]*?POSSIBILITY OF SUCH DAMAGES\./g,
  ],
]);

/** The copyright file: Mailseal's licence, and those of everything that the package brings along. */
export function copyrightFile(
  thirdParties: readonly ThirdParty[],
  { version, license }: NodeRuntime,
): string {
  const own = readFileSync(join(workspace, "LICENSE"), "utf8");
  const text = [
    `Mailseal signs and verifies mail. Its own code has this licence:\n\n${own}`,
    `These packages from npm are bundled into the programs in /usr/lib/mailseal:\n\n${noticesText(thirdParties)}\n`,
    `/usr/lib/mailseal/bin/node is Node.js ${version}. Its licence, with those of the libraries in it:\n\n${license}`,
  ].join(ruler);
  return withReferences(text);
}

/** Refers to the licences that Debian has instead of repeating them. */
function withReferences(text: string): string {
  let shorter = text;
  for (const [name, whole] of commonLicenses) {
    const reference = `[On Debian systems, the text of this licence is in /usr/share/common-licenses/${name}.]`;
    shorter = shorter.replaceAll(whole, reference);
  }
  return shorter;
}
