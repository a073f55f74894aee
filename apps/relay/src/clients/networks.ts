import { BlockList, isIPv6 } from "node:net";

const loopback = ["127.0.0.0/8", "::1"];

/** Addresses and networks in CIDR form. Without a list: loopback. */
export class Networks {
  readonly #list = new BlockList();

  constructor(networks: readonly string[] = loopback) {
    for (const network of networks) {
      const [address = "", bits] = network.split("/");
      const family = familyOf(address);
      if (bits === undefined) {
        this.#list.addAddress(address, family);
      } else {
        this.#list.addSubnet(address, Number(bits), family);
      }
    }
  }

  /** A client of a unix socket has no address; who may use it is the file's mode. */
  includes(address: string): boolean {
    return address === "" || this.#list.check(address, familyOf(address));
  }
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
