/** The ids of all checks. Their code is elsewhere, because every command lists these in the help, but only one needs that. */
export const checkIds = [
  "config",
  "disk",
  "relay",
  "socket",
  "keys",
  "resolver",
  "dns",
  "old-keys",
  "clock",
  "later-changes",
  "bounces",
] as const;
