import { expect, test } from "vitest";
import { runsSystemd, unitState } from "../../src/host/systemd.ts";
import { fakeRoot } from "./fake-root.ts";

const unit = "mailseal-relay.service";

test("a machine without systemd has no units", async () => {
  const { host } = fakeRoot();
  expect(await runsSystemd(host)).toBe(false);
  expect(await unitState(host, unit)).toBeUndefined();
});

test("the state of a unit is known, installed or not", async () => {
  const { host, write } = fakeRoot({ systemd: true });
  expect(await unitState(host, unit)).toMatchObject({ isInstalled: false, isActive: false });
  write(`/usr/lib/systemd/system/${unit}`, "[Service]\nUser=mailseal\n");
  expect(await unitState(host, unit)).toMatchObject({
    isInstalled: true,
    isActive: false,
    isEnabled: false,
    user: "mailseal",
  });
  await host.run("systemctl", ["enable", "--now", unit]);
  expect(await unitState(host, unit)).toMatchObject({ isActive: true, isEnabled: true });
});
