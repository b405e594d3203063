import { MemoryTransport } from "../../transports/memory.ts";
import { testTransport } from "./transport.ts";

testTransport({
  name: "memory",
  transport: new MemoryTransport(),
  freshAddress: () => ({ scheme: "memory", host: "", port: 0, path: "" }),
});
