/**
 * Whatever functions are published in.
 *
 * @module
 */
import type { EndpointInfo } from "./endpoint_info.ts";
import type { Gate } from "./gate.ts";
import type { EndpointOptions, Handler } from "./endpoint.ts";
import type { Registry } from "./registry.ts";

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

/** The functions of a node: its home namespace, the others that it makes, and who may call them. */
export class HomePublisher extends Publisher {
  readonly #registry: Registry;
  readonly #gate: Gate;

  /**
   * @param registry Where they go.
   * @param gate Decides who may call them.
   */
  constructor(registry: Registry, gate: Gate) {
    super(registry);
    this.#registry = registry;
    this.#gate = gate;
  }

  /**
   * Another namespace to publish functions in: they are called as `namespace/name`.
   *
   * @param name Its name.
   * @returns Where to publish them.
   * @throws {TypeError} When the name can't be one, or is a group's.
   */
  namespace(name: string): Publisher {
    return new Publisher(this.#registry.namespace(name));
  }

  /**
   * Lets several namespaces be called by one name: `group/name` is the function of the first that has it.
   *
   * @param name The group's.
   * @param namespaces Which.
   * @throws {TypeError} When the name can't be one, or is a namespace's.
   */
  group(name: string, namespaces: readonly string[]): this {
    this.#registry.group(name, namespaces);
    return this;
  }

  /**
   * Allows a key to call functions; with the first rule, no call is served any more that none allows, but for
   * those of the functions that every node has.
   *
   * @param key A public key, base64url; `*` for everybody.
   * @param patterns Names of functions, in which `*` stands for any characters.
   * @throws {TypeError} When the key is none, or a pattern is empty.
   */
  allow(key: string, patterns: readonly string[]): this {
    this.#gate.allow(key, patterns);
    return this;
  }
}
