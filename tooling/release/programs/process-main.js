/** Runs every check in a process and prints the results. */
import { checks, run } from "./checks.js";
import { poolChecks } from "./pool-checks.js";

const [, , doh, dns] = process.argv;
console.log(JSON.stringify(await run({ ...checks, ...poolChecks }, { doh, dns })));
