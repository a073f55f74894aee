/** A key rotation as a worker tells of it at `/rotations`, and a relay's page shows it. Nothing in it is secret. */
export interface RotationSummary {
  readonly id: number;
  readonly domain: string;
  readonly stage: string;
  /** Nothing more is done. */
  readonly isOver: boolean;
  readonly direction: string;
  readonly sinceMs: number;
  /** When it is looked at again. */
  readonly dueMs: number;
  readonly problem?: string | undefined;
  readonly cause?: string | undefined;
  /** Selectors. */
  readonly incoming: readonly string[];
  readonly outgoing: readonly string[];
}
