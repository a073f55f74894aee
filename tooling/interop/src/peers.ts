import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mailauthPeer } from "./mailauth.ts";
import { lines, type Peer, runPeer, works } from "./peer.ts";

/** TXT records by lower-case owner name, which each peer gets instead of DNS. */
export type PeerZone = ReadonlyMap<string, string>;

export interface PeerChoice {
  readonly name: string;
  /** Undefined if the machine does not have the peer; `missing` explains how to install it. */
  readonly peer?: Peer;
  readonly missing: string;
}

const programs = fileURLToPath(new URL("../peers/", import.meta.url));
const both = ["rsa-sha256", "ed25519-sha256"] as const;
const rsaOnly = ["rsa-sha256"] as const;

/** All peers; `directory` is for the files that they read: zones, and our C program for libopendkim. */
export function findPeers(directory: string, zone: PeerZone): readonly PeerChoice[] {
  mkdirSync(directory, { recursive: true });
  const jsonZone = join(directory, "zone.json");
  const records = [...zone].map(([name, record]) => [name, [record]]);
  writeFileSync(jsonZone, JSON.stringify(Object.fromEntries(records)));
  return [
    {
      name: "libopendkim",
      missing: "apt-get install libopendkim-dev gcc",
      ...libopendkim(directory, zone),
    },
    {
      name: "python3-dkim",
      missing: "apt-get install python3-dkim python3-nacl",
      ...dkimpy(jsonZone),
    },
    { name: "Mail::DKIM", missing: "apt-get install libmail-dkim-perl", ...mailDkim(jsonZone) },
    { name: "mailauth", missing: "npm ci", peer: mailauthPeer(zone) },
  ];
}

function libopendkim(directory: string, zone: PeerZone): { peer?: Peer } {
  const program = join(directory, "libopendkim");
  const keyFile = join(directory, "keys");
  if (!works("cc", ["-O2", "-o", program, join(programs, "libopendkim.c"), "-lopendkim"])) {
    return {};
  }
  writeFileSync(keyFile, Array.from(zone, hexLine).join(""));
  const algorithms = works(program, ["ed25519"]) ? both : rsaOnly;
  return { peer: programPeer("libopendkim", algorithms, program, [], keyFile) };
}

function hexLine([name, record]: readonly [string, string]): string {
  return `${name} ${Buffer.from(record).toString("hex")}\n`;
}

function dkimpy(zoneFile: string): { peer?: Peer } {
  // The machine may have several; only Debian's has the modules of Debian packages.
  const python = "/usr/bin/python3";
  if (!works(python, ["-c", "import dkim"])) {
    return {};
  }
  const algorithms = works(python, ["-c", "import nacl"]) ? both : rsaOnly;
  return {
    peer: programPeer("python3-dkim", algorithms, python, [join(programs, "dkimpy.py")], zoneFile),
  };
}

function mailDkim(zoneFile: string): { peer?: Peer } {
  const perl = "/usr/bin/perl";
  const script = join(programs, "mail-dkim.pl");
  if (!works(perl, ["-MMail::DKIM", "-e", "1"])) {
    return {};
  }
  const algorithms = works(perl, [script, "ed25519"]) ? both : rsaOnly;
  return { peer: programPeer("Mail::DKIM", algorithms, perl, [script], zoneFile) };
}

function programPeer(
  name: string,
  algorithms: Peer["algorithms"],
  command: string,
  prefix: readonly string[],
  zoneFile: string,
): Peer {
  return {
    name,
    algorithms,
    async verify(message) {
      return lines(runPeer(command, [...prefix, "verify", zoneFile], message));
    },
    async sign(message, canonicalization, { algorithm, domain, selector, keyFile }) {
      const args = [...prefix, "sign", algorithm, canonicalization, domain, selector, keyFile];
      return runPeer(command, args, message);
    },
  };
}
