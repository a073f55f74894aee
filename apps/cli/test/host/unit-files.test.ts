import { expect, test } from "vitest";
import { readUnit } from "../../src/host/unit-files.ts";
import { fakeRoot } from "./fake-root.ts";

const unit = "mailseal-relay.service";
const shipped = "[Unit]\nUser=nobody\n[Service]\nUser=mailseal\nIPAddressAllow=192.0.2.1\n";

test("the drop-ins of all directories apply in the order of their names", async () => {
  const { host, write } = fakeRoot();
  write(`/usr/lib/systemd/system/${unit}`, shipped);
  write(
    `/etc/systemd/system/${unit}.d/20-more.conf`,
    "[Service]\nIPAddressAllow=192.0.2.3 \\\n 192.0.2.4\n",
  );
  write(
    `/run/systemd/system/${unit}.d/10-first.conf`,
    "[Service]\nIPAddressAllow=192.0.2.2\nUser=other\n",
  );
  const read = await readUnit(host, unit);
  expect(read?.words("IPAddressAllow")).toEqual([
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.3",
    "192.0.2.4",
  ]);
  expect(read?.last("User")).toBe("other");
});

test("an administrator's unit and drop-ins replace those of the same name", async () => {
  const { host, write } = fakeRoot();
  write(`/usr/lib/systemd/system/${unit}`, shipped);
  write(`/usr/lib/systemd/system/${unit}.d/x.conf`, "[Service]\nUser=x\n");
  write(`/etc/systemd/system/${unit}`, "[Service]\nUser=own\n");
  write(`/etc/systemd/system/${unit}.d/x.conf`, "[Service]\nGroup=own\n");
  const read = await readUnit(host, unit);
  expect([read?.last("User"), read?.last("Group")]).toEqual(["own", "own"]);
  expect(read?.last("IPAddressAllow")).toBeUndefined();
});

test("an empty value forgets the earlier ones", async () => {
  const { host, write } = fakeRoot();
  write(`/usr/lib/systemd/system/${unit}`, `${shipped}IPAddressAllow=\nIPAddressAllow=localhost\n`);
  expect((await readUnit(host, unit))?.words("IPAddressAllow")).toEqual(["localhost"]);
});

test("a unit that another one wants is enabled", async () => {
  const { host, write } = fakeRoot();
  write(`/usr/lib/systemd/system/${unit}`, shipped);
  expect((await readUnit(host, unit))?.isEnabled).toBe(false);
  write(`/etc/systemd/system/multi-user.target.wants/${unit}`, "");
  expect((await readUnit(host, unit))?.isEnabled).toBe(true);
  expect(await readUnit(host, "other.service")).toBeUndefined();
});
