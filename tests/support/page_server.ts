/**
 * A node that shows its page.
 *
 * @module
 */
import { serveHttp, type ServeHttpOptions } from "../../http.ts";
import { Node } from "../../mod.ts";

/** A node, and where its page is. */
export class PageServer implements AsyncDisposable {
  readonly node: Node;
  /** Of the page. */
  readonly url: string;
  /** For other nodes. */
  readonly address: string;

  constructor(node: Node, port: number) {
    this.node = node;
    this.url = `http://127.0.0.1:${port}/`;
    this.address = `tcp://127.0.0.1:${port}`;
  }

  /**
   * Listens on loopback.
   *
   * @param publish Gives it functions.
   * @param options How it is served.
   * @param port Where; any that is free by default.
   */
  static async listen(
    publish: (node: Node) => unknown = () => {},
    options: ServeHttpOptions = {},
    port: string = "0",
  ): Promise<PageServer> {
    const node = new Node({ name: "alice", namespace: "demo" });
    publish(node);
    serveHttp(node, options);
    const { address } = await node.listen(`tcp://127.0.0.1:${port}`);
    return new PageServer(node, address.port);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.node.close(0);
  }
}
