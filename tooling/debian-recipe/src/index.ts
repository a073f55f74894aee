/**
 * Fresh Debian machines, each with systemd as PID 1 and a network of its own, in which tests install Mailseal as an
 * operator does.
 *
 *     const outside = await Outside.start();
 *     const machine = await Machine.start(outside);
 *     await machine.succeed("apt-get install -y postfix");
 *     await Guide.read("postfix.md").follow("Install", machine, outside);
 */
export { freshRootMissing } from "./fresh-root.ts";
export { Guide } from "./guide.ts";
export { type CommandResult, Machine } from "./machine.ts";
export { addresses, type ReceivedMail } from "./outside-network.ts";
export { Outside } from "./outside.ts";
