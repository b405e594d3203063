/**
 * Who may call what. Open until the first rule, of a function or of its node, shuts it; from then on, whoever isn't
 * allowed in by name and key is refused, whatever dialect the call came in.
 *
 * @module
 */
import type { Clock } from "./channel.ts";
import { SynapseError } from "./errors.ts";
import type { Kwargs } from "./message.ts";
import { ANYBODY, Permissions } from "./permissions.ts";
import { ReplayGuard } from "./replay_guard.ts";
import { claimedKey, isSigned, openCall } from "./signed_call.ts";

/** A call at the gate. */
export interface GatedCall {
  /** The function's name, which rules are about. */
  readonly name: string;
  /** The name that it was called by, which the signature is about. */
  readonly calledAs: string;
  /** The keys that the function itself lets in; undefined where it has no rule of its own. */
  readonly allowed: ReadonlySet<string> | undefined;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs | undefined;
}

/** A call that was let in. */
export interface Admission {
  /** Whose it is; undefined where it isn't signed. */
  readonly key: string | undefined;
  /** Its keyword arguments without the signature. */
  readonly kwargs: Kwargs | undefined;
}

/** What {@linkcode Gate} takes. */
export interface GateOptions {
  readonly clock: Clock;
  /** The node's public key, base64url; asked for when a signed call comes. */
  self(): string;
}

/** Lets calls in, or not. */
export class Gate {
  readonly #options: GateOptions;
  readonly #replays: ReplayGuard;
  readonly #permissions = new Permissions();
  #hasRules = false;

  /** @param options The node's key, and the time. */
  constructor(options: GateOptions) {
    this.#options = options;
    this.#replays = new ReplayGuard({ clock: options.clock });
  }

  /**
   * Allows a key to call functions. With the first rule, everything that none allows is refused.
   *
   * @param key A public key, base64url; `*` for everybody.
   * @param patterns Names of functions, in which `*` stands for any characters.
   * @throws {TypeError} When the key is none, or a pattern is empty.
   */
  allow(key: string, patterns: readonly string[]): void {
    this.#permissions.allow(key, patterns);
    this.#hasRules = true;
  }

  /**
   * Says whether a call need not be looked at, which most need not.
   *
   * @param allowed The keys that the function itself lets in.
   * @param kwargs Keyword arguments.
   */
  isOpen(allowed: GatedCall["allowed"], kwargs: Kwargs | undefined): boolean {
    if (isSigned(kwargs)) return false;
    return allowed === undefined ? !this.#hasRules : allowed.has(ANYBODY);
  }

  /**
   * Lets a call in.
   *
   * @param call What is called, and how.
   * @returns Whose it is.
   * @throws {SynapseError} `unauthorized`.
   */
  admit(call: GatedCall): Admission {
    const { name, allowed, kwargs } = call;
    const key = claimedKey(kwargs);
    // Before the signature, which takes a millisecond to check: a stranger's costs nothing.
    if (this.isOpen(allowed, undefined) || this.#mayCall(key, call)) return this.#identify(call);
    throw unauthorized(
      name,
      key === undefined
        ? "only some keys may, and the call is not signed"
        : `its key may not: got ${key}`,
    );
  }

  #mayCall(key: string | undefined, { name, allowed }: GatedCall): boolean {
    const isNamed = key !== undefined && allowed?.has(key);
    return isNamed || this.#permissions.isAllowed(key, name);
  }

  #identify({ name, calledAs, args, kwargs }: GatedCall): Admission {
    if (!isSigned(kwargs)) return { key: undefined, kwargs };
    const { clock, self } = this.#options;
    try {
      return openCall({ to: self(), method: calledAs, args, kwargs }, {
        clock,
        replays: this.#replays,
      });
    } catch (error) {
      throw unauthorized(name, `its signature is not good: ${(error as Error).message}`);
    }
  }
}

function unauthorized(name: string, reason: string): SynapseError {
  return new SynapseError("unauthorized", `Cannot call ${name} as ${reason}`);
}
