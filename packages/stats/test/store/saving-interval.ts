/** The clock of the saving process: so many events are one interval. */
export const EVENTS_PER_INTERVAL = 1_000;
