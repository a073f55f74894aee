import { expect } from "vitest";
import type { Machine } from "../../src/machine.ts";
import { install } from "./mail.ts";

/** Where smtpd and cleanup run: in a chroot as Debian ships them, or not. */
export const placesOfSmtpd = [
  ["in a chroot, as on Debian", "y"],
  ["not in a chroot", "n"],
] as const;

/** Installs Debian's Postfix, and moves the services that connect to milters into its chroot or out of it. */
export async function installPostfix(machine: Machine, chroot: "y" | "n"): Promise<void> {
  await install(machine, "postfix");
  const services = ["smtp/inet", "cleanup/unix"];
  const shipped = await machine.succeed(`postconf -F smtp/inet/chroot cleanup/unix/chroot`);
  expect(shipped).toBe("smtp/inet/chroot = y\ncleanup/unix/chroot = y\n");
  const chosen = services.map((name) => `${name}/chroot=${chroot}`).join(" ");
  await machine.succeed(`postconf -F ${chosen} && systemctl restart postfix`);
}

/** Starts the relay, and waits until it listens: systemd waits until the program has been started. */
export async function startRelay(machine: Machine): Promise<void> {
  const waiting = "until [ -S /var/spool/postfix/mailseal/milter.sock ]; do sleep 0.1; done";
  await machine.succeed(`systemctl start mailseal-relay && ${waiting}`);
}
