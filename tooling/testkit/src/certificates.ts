import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/** PEM. */
export interface Certificate {
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
  return made((directory) => {
    const names = "-subj /CN=self.test -addext subjectAltName=IP:127.0.0.1";
    openssl(directory, `req -x509 ${newKey} ${names} -days 2 -keyout key.pem -out cert.pem`);
  });
}

/** For certificates that are valid if the root is trusted. */
export function authority(): Authority {
  const root = selfSigned();
  return {
    root,
    issue: (subjectAltName, days) =>
      made((directory) => {
        writeFileSync(join(directory, "root.pem"), root.cert);
        writeFileSync(join(directory, "root-key.pem"), root.key);
        writeFileSync(join(directory, "extensions"), `subjectAltName=${subjectAltName}\n`);
        openssl(directory, `req -new ${newKey} -subj /CN=x -keyout key.pem -out request`);
        openssl(
          directory,
          `x509 -req -in request -CA root.pem -CAkey root-key.pem -set_serial 1 -days ${days} -extfile extensions -out cert.pem`,
        );
      }),
  };
}

/** Makes this process trust it beside the usual ones; the result undoes that. */
export function trust({ root }: Authority): () => void {
  const usual = getCACertificates("default");
  setDefaultCACertificates([...usual, root.cert.toString()]);
  return () => setDefaultCACertificates(usual);
}

function made(make: (directory: string) => void): Certificate {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-certificate-"));
  try {
    make(directory);
    return {
      cert: readFileSync(join(directory, "cert.pem")),
      key: readFileSync(join(directory, "key.pem")),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function openssl(directory: string, args: string): void {
  execFileSync("openssl", args.split(" "), { cwd: directory, stdio: "ignore" });
}
