/**
 * The floors of ARCHITECTURE.md as data: which package may import which. Arrows point down only, because a package
 * that does not depend on the floors above it can be used, tested and released without them; and a library
 * that uses neither disk, network, environment nor console behaves the same wherever it runs.
 *
 * To add an arrow, change ARCHITECTURE.md first, then this table, then the import.
 */
export interface Floor {
  /** The names, without scope, of the Mailseal packages that it may import. */
  readonly imports: readonly string[];
  /** The source files, as paths inside src/, that may use the disk and the network. */
  readonly reachesOutIn?: RegExp;
  /** Private: an app lists it under "devDependencies", and it is bundled into the app when that is built. */
  readonly isBundled?: true;
}

const everyFile = /^/;

export const libraries: ReadonlyMap<string, Floor> = new Map<string, Floor>([
  ["errors", { imports: [] }],
  ["crypto", { imports: ["errors"] }],
  // A neighbour below: a= is read with the one table of algorithms, which is crypto's.
  ["syntax", { imports: ["errors", "crypto"] }],
  ["sqlite", { imports: [], reachesOutIn: everyFile, isBundled: true }],
  ["spill-file", { imports: [], reachesOutIn: everyFile, isBundled: true }],
  ["canonicalization", { imports: ["errors", "syntax", "crypto"] }],
  ["thread-pool", { imports: ["errors"] }],
  [
    "dns-record",
    {
      imports: ["errors", "syntax", "crypto"],
      reachesOutIn: /^resolver\/(?:(?:doh|node|wire)-resolver|resolver-address)/,
    },
  ],
  ["signer", { imports: ["errors", "syntax", "canonicalization", "crypto", "thread-pool"] }],
  [
    "verifier",
    { imports: ["errors", "syntax", "canonicalization", "crypto", "dns-record", "thread-pool"] },
  ],
  ["nodemailer", { imports: ["errors", "signer", "spill-file"] }],
  ["stats", { imports: ["errors"], reachesOutIn: /^store\/file-store/ }],
  ["config", { imports: ["errors", "syntax", "crypto", "signer"], reachesOutIn: everyFile }],
  [
    "policy",
    {
      imports: [
        "errors",
        "sqlite",
        "config",
        "signer",
        "verifier",
        "syntax",
        "crypto",
        "dns-record",
      ],
      reachesOutIn: everyFile,
    },
  ],
  ["milter", { imports: ["errors"] }],
  ["queue", { imports: ["errors", "sqlite"], reachesOutIn: everyFile }],
  [
    "rotation",
    { imports: ["errors", "sqlite", "syntax", "crypto", "dns-record"], reachesOutIn: everyFile },
  ],
  [
    "delivery",
    { imports: ["errors", "config", "policy", "queue", "syntax"], reachesOutIn: everyFile },
  ],
  [
    "service",
    {
      imports: [
        "errors",
        "delivery",
        "config",
        "policy",
        "queue",
        "stats",
        "verifier",
        "dns-record",
        "syntax",
      ],
      reachesOutIn: everyFile,
      isBundled: true,
    },
  ],
]);

/** An app may import any library; no app may be imported. */
export const app: Floor = { imports: [...libraries.keys()], reachesOutIn: everyFile };

/** Node modules that use the disk, the network or another process. */
export const outsideModules: ReadonlySet<string> = new Set(
  "child_process cluster dgram dns fs http http2 https net sqlite tls".split(" "),
);

/**
 * The source files, as paths inside src/, that are bundled with what they import into a module for hosts without
 * Node's modules: they may import what package.json lists under "devDependencies".
 */
export const bundledSources: RegExp = /^portable\//;

export const scope = "@mailseal/";
