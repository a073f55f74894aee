import { Resolver } from "node:dns/promises";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";

export default function ({ servers }) {
  const dns = new Resolver();
  dns.setServers(servers);
  const cache = new Map();
  const resolver = async (name, type) => {
    const cached = cache.get(name);
    if (cached !== undefined && cached.until > Date.now()) return cached.records;
    const records = await dns.resolve(name, type);
    cache.set(name, { records, until: Date.now() + 300_000 });
    return records;
  };
  return async (message) => {
    const { results } = await dkimVerify(message, { resolver });
    return results.map(({ status }) => status.result);
  };
}
