import type { RecordChange } from "../../src/environment.ts";

export const name = "s._domainkey.example.com";
/** A record that needs several strings. */
export const record: string = `v=DKIM1; p=${"A".repeat(400)}`;
export const common = {
  domain: "example.com",
  selector: "s",
  name: "s._domainkey.example.com",
} as const;
export const changes: readonly RecordChange[] = [
  { ...common, action: "publish", record, ttlSeconds: 60 },
  { ...common, action: "remove" },
];
