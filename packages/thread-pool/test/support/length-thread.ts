import { serveThread } from "../../src/index.ts";

serveThread<undefined, Uint8Array, number>(() => (message) => ({ value: message.length }));
