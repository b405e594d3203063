import { assertEquals } from "@std/assert";
import { readSourceModules } from "./support/source_module.ts";

const EXPORTS: readonly string[] = [
  "Address",
  "ArgumentsOf",
  "BackgroundTask",
  "BackgroundTaskHandle",
  "BackgroundTaskOptions",
  "ByteWriter",
  "CallContext",
  "CallOptions",
  "Caller",
  "Channel",
  "ChannelSink",
  "Clock",
  "Codec",
  "ConnectOptions",
  "CronOptions",
  "DEFAULT_LIMITS",
  "DecodeError",
  "Decoder",
  "DialOptions",
  "EncodeError",
  "EndpointInfo",
  "EndpointOptions",
  "ErrorCode",
  "EveryOptions",
  "Extension",
  "ExtensionType",
  "Extensions",
  "Handler",
  "Invocation",
  "ItemOf",
  "KeepAliveOptions",
  "Kwargs",
  "Limits",
  "LinkEvents",
  "Listener",
  "MemoryTransport",
  "MessagePackOptions",
  "Node",
  "NodeEvents",
  "NodeOptions",
  "NodeWorld",
  "Parameter",
  "PeerInfo",
  "PublishedSignature",
  "Random",
  "ReconnectPolicy",
  "Remote",
  "RemoteError",
  "RemoteResult",
  "ResultOf",
  "Schedule",
  "SchemaIssue",
  "SchemaResult",
  "StandardSchema",
  "StandardSchemaProperties",
  "SynapseError",
  "SynapseErrorOptions",
  "TcpTransport",
  "TimeoutError",
  "Transport",
  "TransportError",
  "TypedRemote",
  "cron",
  "decodeMessagePack",
  "encodeMessagePack",
  "every",
  "formatAddress",
  "formatDuration",
  "formatSignature",
  "parseAddress",
  "parseDuration",
];

Deno.test("mod.ts exports these names, types included, and no others", () => {
  assertEquals(readExports("mod.ts"), EXPORTS);
});

Deno.test("browser.ts exports all of them that need no sockets", () => {
  assertEquals(readExports("browser.ts"), EXPORTS.filter((name) => name !== "TcpTransport"));
});

function readExports(path: string): string[] {
  return readSourceModules(path)[0].exports.toSorted();
}
