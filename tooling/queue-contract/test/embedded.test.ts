import { embedded, queueContract } from "../src/index.ts";

queueContract(embedded);
