/**
 * Whatever functions are published in.
 *
 * @module
 */
import type { EndpointInfo } from "./endpoint_info.ts";
import type { EndpointOptions, Handler, Registry } from "./registry.ts";

/** Publishes functions, and takes them back. */
export class Publisher {
  readonly #registry: Registry;

  /** @param registry Where they go. */
  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** What is published, in order of name. */
  get endpoints(): EndpointInfo[] {
    return this.#registry.list();
  }

  /**
   * Publishes a function; one of the same name is replaced.
   *
   * @param name As callers name it.
   * @param handler The function. A generator streams.
   * @throws {TypeError} When the name is empty.
   */
  endpoint(name: string, handler: Handler): this;
  /**
   * Publishes a function with a description, schemas, or a context.
   *
   * @param name As callers name it.
   * @param options Description, schemas, context.
   * @param handler The function. A generator streams.
   * @throws {TypeError} When the name is empty.
   */
  endpoint(name: string, options: EndpointOptions, handler: Handler): this;
  endpoint(name: string, second: EndpointOptions | Handler, third?: Handler): this {
    if (typeof second === "function") this.#registry.register(name, second);
    else this.#registry.register(name, third!, second);
    return this;
  }

  /**
   * Takes a function back.
   *
   * @param name Its name.
   * @returns Whether there was one.
   */
  removeEndpoint(name: string): boolean {
    return this.#registry.unregister(name);
  }
}
