import { expect, test } from "vitest";
import { isLoopback, isUnixSocket, listenTarget } from "../../src/network/listen-address.ts";

test.each([
  ["127.0.0.1:2525", { host: "127.0.0.1", port: 2525 }, true],
  ["[::1]:25", { host: "::1", port: 25 }, true],
  ["localhost:80", { host: "localhost", port: 80 }, true],
  ["0.0.0.0:25", { host: "0.0.0.0", port: 25 }, false],
  ["[2001:db8::1]:25", { host: "2001:db8::1", port: 25 }, false],
  ["127.example.com:25", { host: "127.example.com", port: 25 }, false],
  ["unix:/run/x.sock", { path: "/run/x.sock" }, true],
])("%s", (address, target, loopback) => {
  expect(listenTarget(address)).toEqual(target);
  expect(isLoopback(address)).toBe(loopback);
  expect(isUnixSocket(address)).toBe("path" in target);
});
