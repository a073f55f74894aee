import { expect } from "vitest";
import type { Activation, ActiveKey } from "../../src/environment.ts";

export const domain = "example.com";
export const old: ActiveKey = { selector: "old", keyFile: "/keys/old.key" };
export const rsa: ActiveKey = { selector: "r1", keyFile: "/keys/r1.key" };
export const ed: ActiveKey = { selector: "e1", keyFile: "/keys/e1.key" };

/** Every activation returns the keys that it was last given for each domain. */
export async function expectActiveKeys(activation: Activation): Promise<void> {
  expect(await activation.active(domain)).toEqual([]);
  await activation.activate(domain, [old]);
  await activation.activate("example.net", [rsa]);
  await activation.activate(domain, [rsa, ed]);
  await activation.activate(domain, [rsa, ed]);
  expect(await activation.active(domain)).toEqual([rsa, ed]);
  expect(await activation.active("example.net")).toEqual([rsa]);
}
