/** As process-main.js, without threads, which need files of their own beside a bundle. */
import { checks, run } from "./checks.js";

const [, , doh, dns] = process.argv;
console.log(JSON.stringify(await run(checks, { doh, dns })));
