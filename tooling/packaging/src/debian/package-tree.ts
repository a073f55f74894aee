import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyRuntime, type NodeRuntime } from "../node-runtime.ts";
import { programs, sourceOf } from "../programs.ts";
import { stagePrograms } from "../stage-programs.ts";
import { workspace } from "../workspace.ts";
import { changelog } from "./changelog.ts";
import { copyrightFile } from "./copyright.ts";
import { writeCompressed, writeFile } from "./documents.ts";
import { writeManuals } from "./manuals.ts";

/** Everything of the package that is not code: the config, maintainer scripts, overrides, README.Debian. */
export const debianFolder: string = join(workspace, "tooling/packaging/debian");

/** The folder of the programs in an installed system. */
const home = "usr/lib/mailseal";
const documents = "usr/share/doc/mailseal";

/** Writes all files of the package below `root`. The packages of the workspace must have been built. */
export async function writePackageTree(
  root: string,
  runtime: NodeRuntime,
  date: Date,
): Promise<void> {
  const { thirdParties } = await stagePrograms(programs, join(root, home));
  mkdirSync(join(root, home, "bin"));
  copyRuntime(runtime, join(root, home, "bin/node"));
  writeCommands(root);
  writeUnits(root);
  for (const program of programs) writeManuals(program, root, date);
  writeFile(root, "etc/mailseal/mailseal.yaml", read("mailseal.yaml"));
  writeFile(root, `${documents}/copyright`, copyrightFile(thirdParties, runtime));
  writeCompressed(root, `${documents}/changelog`, changelog(date));
  writeFile(root, `${documents}/README.Debian`, read("README.Debian"));
  writeFile(root, "usr/share/lintian/overrides/mailseal", read("lintian-overrides"));
}

/** Each command is a link to the program, which starts the package's own Node whatever PATH says. */
function writeCommands(root: string): void {
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  for (const { name, folder } of programs) {
    const file = join(root, home, folder, `${name}.js`);
    const code = readFileSync(file, "utf8").replace(/^#!.*\n/, "");
    writeFileSync(file, `#!/${home}/bin/node\n${code}`);
    chmodSync(file, 0o755);
    symlinkSync(`../lib/mailseal/${folder}/${name}.js`, join(root, "usr/bin", name));
  }
}

/** The units as the npm packages have them, and the drop-in that postinst links if there is a Postfix. */
function writeUnits(root: string): void {
  const relay = join(workspace, "apps/relay/systemd");
  for (const program of programs) {
    if (program.folder === "cli") continue;
    const unit = `${program.name}.service`;
    copy(join(sourceOf(program), "systemd", unit), join(root, "usr/lib/systemd/system", unit));
  }
  copy(join(relay, "sysusers.conf"), join(root, "usr/lib/sysusers.d/mailseal.conf"));
  copy(join(relay, "tmpfiles.conf"), join(root, "usr/lib/tmpfiles.d/mailseal.conf"));
  copy(join(relay, "postfix.conf"), join(root, home, "systemd/postfix.conf"));
}

function read(name: string): string {
  return readFileSync(join(debianFolder, name), "utf8");
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}
