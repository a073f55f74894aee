import type { Worker } from "node:cluster";
import process from "node:process";

/**
 * Messages between the relay's parent process and its child processes. Sending never fails: a process that has just
 * ended closes the channel before its exit is noticed, and without a callback Node would raise an uncaught error for it.
 */
const ignoreFailure = (): void => undefined;

export function sendToChild<Message extends object>(child: Worker, message: Message): void {
  if (child.isConnected()) child.send(message, ignoreFailure);
}

/** Does nothing in a process that has no parent, or whose parent has ended. */
export function sendToParent<Message extends object>(message: Message): void {
  if (process.connected) process.send?.(message, undefined, undefined, ignoreFailure);
}
