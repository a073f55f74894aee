import type { Check } from "./check.ts";
import { bouncesCheck } from "./checks/bounces.ts";
import { clockCheck } from "./checks/clock.ts";
import { configCheck } from "./checks/config.ts";
import { diskCheck } from "./checks/disk.ts";
import { dnsCheck } from "./checks/dns.ts";
import { keysCheck } from "./checks/keys.ts";
import { laterChangesCheck } from "./checks/later-changes.ts";
import { oldKeysCheck } from "./checks/old-keys.ts";
import { relayCheck } from "./checks/relay.ts";
import { resolverCheck } from "./checks/resolver.ts";
import { socketCheck } from "./checks/socket.ts";

/** Every check. They run side by side; findings are sorted by the table of their kinds. */
export const checks: readonly Check[] = [
  configCheck,
  diskCheck,
  relayCheck,
  socketCheck,
  keysCheck,
  resolverCheck,
  dnsCheck,
  oldKeysCheck,
  clockCheck,
  laterChangesCheck,
  bouncesCheck,
];
