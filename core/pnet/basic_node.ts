/**
 * pnet's basic node: one message, one answer.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { PnetValue } from "../codecs/pnet_value.ts";
import type { PnetSender } from "./connection.ts";
import { askEach, type PnetOutcomes } from "./fan_out.ts";
import type { PnetAskOptions, PnetMember } from "./member.ts";

/**
 * Answers a message. When it throws, the sender gets no answer, as in real nodes.
 *
 * @param value What was sent.
 * @param sender By whom. Messages aren't signed: anybody can claim to be anybody.
 * @param signal Aborted when nobody waits any more.
 */
export type PnetMessageHandler = (
  value: PnetValue,
  sender: PnetSender,
  signal: AbortSignal,
) => PnetValue | Promise<PnetValue>;

/** What {@linkcode PnetBasicNode} takes. */
export interface PnetBasicNodeOptions {
  /** Answers messages. */
  readonly onmessage: PnetMessageHandler;
  /** Takes what is sent to everybody, which can't be answered. */
  readonly onbroadcast?: (text: string, address: Address) => void;
}

/** A node that sends and answers text and bytes. */
export class PnetBasicNode {
  /** Its place in the network. */
  readonly member: PnetMember;

  /**
   * @param member Its place in the network, which serves this node from now on.
   * @param options What it does with messages.
   */
  constructor(member: PnetMember, options: PnetBasicNodeOptions) {
    this.member = member;
    member.serve({ message: options.onmessage, broadcast: options.onbroadcast });
  }

  /**
   * Sends to several nodes.
   *
   * @param targets Their names, or `*` for all that are known.
   * @param value Text or bytes.
   * @param options Signal, deadline for each.
   * @returns What each has answered.
   */
  send(
    targets: "*" | readonly string[],
    value: PnetValue,
    options?: PnetAskOptions,
  ): Promise<PnetOutcomes<PnetValue>>;
  /**
   * Sends to one node.
   *
   * @param target Its name.
   * @param value Text or bytes.
   * @param options Signal, deadline.
   * @returns What it has answered.
   * @throws {SynapseError} As {@linkcode PnetMember.ask}.
   */
  send(target: string, value: PnetValue, options?: PnetAskOptions): Promise<PnetValue>;
  send(
    target: string | readonly string[],
    value: PnetValue,
    options?: PnetAskOptions,
  ): Promise<PnetValue | PnetOutcomes<PnetValue>> {
    const { member } = this;
    if (typeof target === "string" && target !== "*") return member.ask(target, value, options);
    const names = typeof target === "string" ? member.peers.names : target;
    return askEach(
      names,
      member.limits.maxTargetsAtOnce,
      (name) => member.ask(name, value, options),
    );
  }
}
