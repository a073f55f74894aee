import type { Host } from "../../host/host.ts";
import { type GroupChange, groupChange, type UserChange, userChange } from "./account-changes.ts";
import { type DirectoryChange, directoryChange } from "./directory-change.ts";
import { type FileChange, fileChange } from "./file-change.ts";
import { type KeyChange, keyChange } from "./key-change.ts";
import { type PostfixChange, postfixChange } from "./postfix-change.ts";
import { type SendmailChange, sendmailChange } from "./sendmail-change.ts";
import { type ServiceChange, serviceChange } from "./service-change.ts";

/**
 * One change to a host, as data: a dry run prints it, a setup makes it, the record keeps it, and `--undo` takes it back.
 * It holds no private key.
 */
export type Change =
  | GroupChange
  | UserChange
  | DirectoryChange
  | FileChange
  | KeyChange
  | ServiceChange
  | PostfixChange
  | SendmailChange;

/** The state of things before a change. Saved files are named as the record stores them. */
export type Before =
  | { readonly state: "absent" }
  | {
      readonly state: "file";
      readonly saved: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly state: "directory";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  /** The values as written before; null for a parameter that was not set. `saved`: the files as they were. */
  | {
      readonly state: "parameters";
      readonly parameters: readonly (readonly [name: string, value: string | null])[];
      readonly services: readonly (readonly [name: string, value: string | null])[];
      readonly saved: readonly SavedFile[];
    }
  | { readonly state: "service"; readonly isActive: boolean; readonly isEnabled: boolean };

export interface SavedFile {
  readonly path: string;
  readonly saved: string;
}

/** What an undo did: nothing was left, or something had to stay, with the reason and what to do. */
export type Undone = { readonly kept?: string };

/** Keeps copies of files for an undo. */
export interface FileStore {
  /** Copies a file of the host; resolves to its name in the store. */
  readonly save: (path: string) => Promise<string>;
  readonly read: (saved: string) => Promise<Buffer>;
}

/** The ways in which a change can be used. */
export interface ChangeActions {
  /** For people: one line, and below it a diff or the commands. */
  readonly describe: (host: Host) => Promise<Description>;
  /** Whether the host is already in the state that the change makes. */
  readonly isMade: (host: Host) => Promise<boolean>;
  readonly before: (host: Host, files: FileStore) => Promise<Before>;
  readonly make: (host: Host) => Promise<void>;
  /** Leaves alone what somebody else has changed in the meantime. It may be called for a change that was never made. */
  readonly undo: (host: Host, before: Before, files: FileStore) => Promise<Undone>;
}

interface Description {
  readonly title: string;
  /** Lines to print as they are: a unified diff, or commands. */
  readonly lines: readonly string[];
}

export function actionsOf(change: Change): ChangeActions {
  switch (change.kind) {
    case "group":
      return groupChange(change);
    case "user":
      return userChange(change);
    case "directory":
      return directoryChange(change);
    case "file":
      return fileChange(change);
    case "key":
      return keyChange(change);
    case "service":
      return serviceChange(change);
    case "postfix":
      return postfixChange(change);
    case "sendmail":
      return sendmailChange(change);
  }
}

/** The thing that a change is about, in words. */
export function targetOf(change: Change): string {
  switch (change.kind) {
    case "group":
    case "user":
      return `${change.kind} ${change.name}`;
    case "directory":
    case "file":
      return `${change.kind} ${change.path}`;
    case "key":
      return `private key ${change.path}`;
    case "service":
      return `service ${change.unit}`;
    case "postfix":
      return `parameters of Postfix: ${change.parameters.map(([name]) => name).join(", ")}`;
    case "sendmail":
      return `mail filter in ${change.path}`;
  }
}
