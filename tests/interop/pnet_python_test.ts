/**
 * Talks over TCP with a pnet node in Python, whose cryptography is not ours.
 *
 * Needs Python 3 with `cryptography` (Debian: python3-cryptography); without it, the tests are skipped.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { RemoteError } from "../../core/errors.ts";
import { PnetAdvancedNode } from "../../core/pnet/advanced_node.ts";
import { PnetCommandNode } from "../../core/pnet/command_node.ts";
import { PnetMember } from "../../core/pnet/member.ts";
import { readAll } from "../../core/pnet/transfer_data.ts";
import { nodePnetCrypto } from "../../transports/pnet_crypto.ts";
import { systemClock } from "../../transports/system.ts";
import { TcpTransport } from "../../transports/tcp.ts";
import { NETWORK, NETWORK_KEY } from "../support/pnet_vectors.ts";

const PYTHON = "python3";
const SCRIPT = new URL("./python/pnet_peer.py", import.meta.url).pathname;
const TEXT = "grüße ".repeat(1_000);

async function canRun(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(PYTHON, { args: [SCRIPT, "check"], stderr: "null" })
      .output();
    return success;
  } catch {
    return false;
  }
}

const ignore = !await canRun();
const skipped = ignore ? " (skipped: python3 with cryptography is not here)" : "";

async function ours(keyed: boolean, keyBits = 512): Promise<PnetMember> {
  return await PnetMember.create(
    { network: NETWORK, name: "synapse", networkKey: keyed ? NETWORK_KEY : undefined, keyBits },
    { transport: new TcpTransport(), clock: systemClock, crypto: nodePnetCrypto },
  );
}

/** Starts the node in Python, and makes it known to ours. */
async function theirs(member: PnetMember, keyed: boolean) {
  const args = [SCRIPT, "serve", ...keyed ? ["--network-key", NETWORK_KEY] : []];
  const child = new Deno.Command(PYTHON, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const { port, pem } = JSON.parse(new TextDecoder().decode(value));
  member.peers.merge({ name: "python", host: "127.0.0.1", port, publicKeyPem: pem });
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
      await reader.cancel();
    },
  };
}

/** Has the node in Python call a function of ours. */
async function call(member: PnetMember, fn: string, data: string, keyed: boolean): Promise<string> {
  await using listener = await member.listen("tcp://127.0.0.1:0");
  const args = [SCRIPT, "call", String(listener.address.port), fn];
  if (keyed) args.push("--network-key", NETWORK_KEY);
  const child = new Deno.Command(PYTHON, { args, stdin: "piped", stdout: "piped" }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(JSON.stringify({ pem: member.publicKeyPem, data })));
  await stdin.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout).trimEnd();
}

for (const keyed of [true, false]) {
  const network = `${keyed ? "with" : "without"} a network key${skipped}`;

  Deno.test({
    name: `PnetCommandNode calls a node in Python, ${network}`,
    ignore,
    async fn() {
      await using member = await ours(keyed);
      await using _python = await theirs(member, keyed);
      const { fn } = new PnetCommandNode(member).target("python");
      assertEquals(await fn.describe(1, "é", { kwargs: { b: [2, null] } }), [[1, "é"], {
        b: [2, null],
      }]);
      const error = await assertRejects(() => fn.nope(), RemoteError) as RemoteError;
      assertEquals(error.code, "method_not_found");
    },
  });

  Deno.test({
    name: `PnetAdvancedNode streams to a node in Python and back, ${network}`,
    ignore,
    async fn() {
      await using member = await ours(keyed, 1024);
      await using _python = await theirs(member, keyed);
      const data = new Blob([TEXT]).stream();
      const result = await new PnetAdvancedNode(member, { chunkBytes: 1_000 })
        .send("python", "upper", data) as ReadableStream<Uint8Array>;
      const text = new TextDecoder().decode(await readAll(result, 100_000));
      // Python's bytes.upper() knows ASCII alone.
      assertEquals(text, TEXT.replace(/[a-z]/g, (letter) => letter.toUpperCase()));
    },
  });

  Deno.test({
    name: `A node in Python calls PnetCommandNode, ${network}`,
    ignore,
    async fn() {
      await using member = await ours(keyed);
      new PnetCommandNode(member).register("add", (a: number, b = 10) => a + b);
      const invoke = async (function_: string, args: unknown[], kwargs = {}) =>
        JSON.parse(
          await call(
            member,
            "handle",
            JSON.stringify({ function: function_, args, kwargs }),
            keyed,
          ),
        );
      assertEquals(await invoke("add", [1], { b: 2 }), { type: "success", value: 3 });
      assertEquals((await invoke("add", [])).type, "error");
      assertEquals((await invoke("nope", [])).description, "function does not exist on node");
    },
  });

  Deno.test({
    name: `A node in Python streams to PnetAdvancedNode and back, ${network}`,
    ignore,
    async fn() {
      await using member = await ours(keyed, 2048);
      new PnetAdvancedNode(member, { chunkBytes: 1_000 })
        .register("echo", (_node, _originator, input) => input);
      assertEquals(await call(member, "echo", TEXT, keyed), TEXT.trimEnd());
    },
  });
}
