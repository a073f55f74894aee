/**
 * Everything that installing a package may put on a user's disk, itself left out. A dependency that
 * arrives here has to be worth it to everybody who installs the package; a signer, for one, has no use for
 * an SMTP, DNS or configuration library.
 */
export const installedTrees: ReadonlyMap<string, readonly string[]> = new Map([
  ["@mailseal/syntax", []],
  ["@mailseal/crypto", ["node-forge"]],
  ["@mailseal/thread-pool", ["@mailseal/syntax"]],
  ["@mailseal/canonicalization", ["@mailseal/crypto", "@mailseal/syntax", "node-forge"]],
  [
    "@mailseal/dns-record",
    ["@leichtgewicht/ip-codec", "@mailseal/crypto", "@mailseal/syntax", "dns-packet", "node-forge"],
  ],
  [
    "@mailseal/signer",
    [
      "@mailseal/canonicalization",
      "@mailseal/crypto",
      "@mailseal/syntax",
      "@mailseal/thread-pool",
      "node-forge",
    ],
  ],
  [
    "@mailseal/verifier",
    [
      "@leichtgewicht/ip-codec",
      "@mailseal/canonicalization",
      "@mailseal/crypto",
      "@mailseal/dns-record",
      "@mailseal/syntax",
      "@mailseal/thread-pool",
      "dns-packet",
      "node-forge",
      "tldts",
      "tldts-core",
    ],
  ],
  [
    "@mailseal/cli",
    [
      "@leichtgewicht/ip-codec",
      "@mailseal/canonicalization",
      "@mailseal/crypto",
      "@mailseal/dns-record",
      "@mailseal/signer",
      "@mailseal/syntax",
      "@mailseal/thread-pool",
      "@mailseal/verifier",
      "commander",
      "dns-packet",
      "node-forge",
      "tldts",
      "tldts-core",
    ],
  ],
]);
