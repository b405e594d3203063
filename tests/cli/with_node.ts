/**
 * Nodes for commands to talk to.
 *
 * @module
 */
import { formatAddress, Node, type Remote } from "../../mod.ts";

/**
 * Runs a test against a node on a port of its own.
 *
 * @param publish Gives it functions.
 * @param test Gets its URL.
 */
export async function withNode(
  publish: (node: Node) => unknown,
  test: (target: string, node: Node) => Promise<void>,
): Promise<void> {
  const node = new Node({ namespace: "demo", name: "alice" });
  try {
    await publish(node);
    const { address } = await node.listen("tcp://127.0.0.1:0");
    await test(formatAddress(address), node);
  } finally {
    await node.close(0);
  }
}

/**
 * Runs a test with a connection to such a node.
 *
 * @param publish Gives it functions.
 * @param test Gets the connection.
 */
export function connected(
  publish: (node: Node) => unknown,
  test: (remote: Remote) => Promise<void>,
): Promise<void> {
  return withNode(publish, async (target) => {
    await using client = new Node();
    await test(await client.connect(target));
  });
}
