#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

// In a program that passes mail on, V8 lets the young generation of its heap grow to 100 MB, which makes the program
// no faster. This keeps it as small as it is now: so it must come before the imports, which would let it grow.
setFlagsFromString("--semi-space-growth-factor=1");
const { main } = await import("../dist/index.js");

process.exitCode = await main(process.argv.slice(2));
