import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./relay-under-test.ts";

export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** PEM. */
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Authority {
  readonly root: Certificate;
  /** Signed by the root. `days`: -1 has run out. */
  issue(subjectAltName: string, days: number): Certificate;
}

const newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

/** A certificate for 127.0.0.1 that vouches for itself. */
export function selfSigned(): Certificate {
  const directory = temporaryDirectory();
  const [certificateFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  const names = "-subj /CN=self.test -addext subjectAltName=IP:127.0.0.1";
  openssl(`req -x509 ${newKey} ${names} -days 2 -keyout ${keyFile} -out ${certificateFile}`);
  return read(certificateFile, keyFile);
}

/** For certificates that verify, where the root is trusted. */
export function authority(): Authority {
  const root = selfSigned();
  return {
    root,
    issue(subjectAltName, days) {
      const directory = temporaryDirectory();
      const [certificateFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
      const [request, extensions] = [join(directory, "request"), join(directory, "extensions")];
      writeFileSync(extensions, `subjectAltName=${subjectAltName}\n`);
      openssl(`req -new ${newKey} -subj /CN=x -keyout ${keyFile} -out ${request}`);
      openssl(
        `x509 -req -in ${request} -CA ${root.certificateFile} -CAkey ${root.keyFile} -set_serial 1 -days ${days} -extfile ${extensions} -out ${certificateFile}`,
      );
      return read(certificateFile, keyFile);
    },
  };
}

function openssl(args: string): void {
  execFileSync("openssl", args.split(" "), { stdio: "ignore" });
}

function read(certificateFile: string, keyFile: string): Certificate {
  return {
    certificateFile,
    keyFile,
    cert: readFileSync(certificateFile),
    key: readFileSync(keyFile),
  };
}
